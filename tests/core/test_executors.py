"""What every executor of the table must do: the contract runs over all of them."""

import os
import re
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice

import pytest

from cocosynth.core.errors import CocosynthError, StoppedError, UnusableError
from cocosynth.core.executors import EXECUTORS, Processes, Serial, make_executor

WITH_WORKERS = [name for name, kind in EXECUTORS.items() if kind.has_workers]


@pytest.fixture(params=EXECUTORS)
def executor(request):
    return make_executor(request.param, 2 if request.param in WITH_WORKERS else None)


@pytest.fixture(params=WITH_WORKERS)
def with_workers(request):
    return make_executor(request.param, 2)


@dataclass(frozen=True)
class Item:
    number: int

    def __str__(self):
        return f"item {self.number}"


def square(number):
    time.sleep(0.02 * (number % 3))  # answers come out of order
    return number * number


def process_of(number):
    time.sleep(0.02)
    return os.getpid()


def fail_at_three(number):
    if number == 3:
        raise UnusableError("three is not to be had")
    return number


def die_at_three(item):
    if item.number == 3:
        time.sleep(0.3)  # until the answers before it have arrived
        os.kill(os.getpid(), signal.SIGKILL)
    return item.number


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(processes):
    """Wait for workers to end; this process, where some executors work, stays."""
    left, end = processes - {os.getpid()}, time.monotonic() + 20
    while left := {process for process in left if is_alive(process)}:
        assert time.monotonic() < end, f"still there: {left}"
        time.sleep(0.05)


def test_answers_are_those_of_a_loop_in_the_order_of_the_items(executor):
    assert list(executor(square, range(20))) == [number * number for number in range(20)]


def test_no_items_give_no_answers(executor):
    assert list(executor(square, [])) == []


def test_items_are_taken_as_they_are_needed_and_a_few_ahead(executor):
    taken = []

    def items():
        for number in count():
            taken.append(number)
            yield number

    with closing(executor(square, items())) as answers:
        for done in range(1, 20):
            next(answers)
            assert len(taken) <= done + 5


def test_an_error_of_the_task_reaches_the_caller(executor):
    with pytest.raises(UnusableError, match="three is not to be had"):
        list(executor(fail_at_three, range(10)))


def test_an_error_of_the_items_reaches_the_caller_and_leaves_no_process(executor):
    seen = set()

    def items():
        yield from range(8)
        raise UnusableError("no more items")

    with pytest.raises(UnusableError, match="no more items"):
        seen.update(executor(process_of, items()))
    wait_until_gone(seen)


def test_an_iterator_that_is_closed_leaves_no_process(executor):
    with closing(executor(process_of, count())) as answers:
        seen = set(islice(answers, 8))
    wait_until_gone(seen)


def test_an_interrupt_leaves_no_process(executor):
    seen = set()

    def work():
        for number, process in enumerate(executor(process_of, count())):
            seen.add(process)
            if number == 8:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        work()
    wait_until_gone(seen)


def test_a_worker_that_dies_is_an_error_that_names_its_item(with_workers):
    with pytest.raises(StoppedError, match=r"a worker process died at or after item \d"):
        list(with_workers(die_at_three, map(Item, range(10))))


def test_a_worker_that_dies_while_the_caller_is_busy_is_the_same_error(with_workers):
    answers = with_workers(die_at_three, map(Item, range(30)))
    assert next(answers) == 0
    time.sleep(1)  # by now no worker is left that could take more work
    with pytest.raises(StoppedError, match=r"a worker process died at or after item \d"):
        list(answers)


def test_the_default_is_processes_or_serial_for_one_worker():
    assert make_executor(workers=3) == Processes(3)
    assert make_executor(workers=1) == Serial()
    assert make_executor("processes", 1) == Processes(1)
    assert make_executor("serial") == make_executor("serial", 1) == Serial()


def test_an_unknown_executor_is_refused_with_the_choices():
    told = f"--executor: there is no 'process'; choose from {', '.join(EXECUTORS)}"
    with pytest.raises(CocosynthError, match=re.escape(told)):
        make_executor("process", 2)


def test_workers_that_an_executor_cannot_have_are_refused():
    with pytest.raises(CocosynthError, match="serial runs in one process: remove --workers 4"):
        make_executor("serial", 4)
