import os
import signal
import time

import pytest

from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.executors import Processes, Serial

executors = pytest.mark.parametrize("executor", [Serial(), Processes(2)], ids=["serial", "two"])


def square(number):
    time.sleep(0.02 * (number % 3))  # answers come out of order
    return number * number


def die_at_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_three(number):
    if number == 3:
        raise UnusableError("three is not to be had")
    return number


@executors
def test_answers_come_in_the_order_of_the_items(executor):
    assert list(executor(square, range(20))) == [number * number for number in range(20)]


@executors
def test_an_error_of_the_task_reaches_the_caller(executor):
    with pytest.raises(UnusableError, match="three is not to be had"):
        list(executor(fail_at_three, range(10)))


@executors
def test_no_items_give_no_answers(executor):
    assert list(executor(square, [])) == []


def test_a_killed_worker_is_an_error_that_names_its_item_and_no_hang():
    with pytest.raises(CocosynthError, match=r"a worker process died at or after \d; .*--workers"):
        list(Processes(2)(die_at_three, range(10)))


def test_a_worker_that_dies_while_the_caller_is_busy_is_the_same_error():
    answers = Processes(2)(die_at_three, range(30))
    next(answers)
    time.sleep(1)  # by now the pool is broken, and takes no more work
    with pytest.raises(CocosynthError, match=r"a worker process died at or after \d"):
        list(answers)


def test_only_a_bounded_number_of_items_is_taken_ahead():
    taken = []

    def items():
        for number in range(50):
            taken.append(number)
            yield number

    answers = Processes(2)(square, items())
    next(answers)
    assert len(taken) <= 6
    answers.close()
