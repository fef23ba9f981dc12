"""What every executor of the table must do: the contract runs over all of them.

Those of Ray start a cluster on this machine, where Ray is installed: `make cluster`.
"""

import importlib.util
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pytest

from cocosynth.core.errors import CocosynthError, StoppedError, UnusableError
from cocosynth.core.executors import (
    EXECUTORS,
    Processes,
    Serial,
    crew,
    keeping_workers,
    make_executor,
)
from cocosynth.core.threads import ONE_THREAD

WITH_RAY = (
    pytest.mark.slow,
    pytest.mark.skipif(
        not importlib.util.find_spec("ray"), reason="Ray is not installed: `make cluster`"
    ),
)
ALL = [pytest.param(name, marks=WITH_RAY if name == "ray" else ()) for name in EXECUTORS]
WITH_WORKERS = [each for each in ALL if EXECUTORS[each.values[0]].has_workers]
SAID = []


@pytest.fixture(scope="module")
def executors():
    """Make each executor once: a cluster takes seconds to start."""
    made = {}

    def of(name):
        if name not in made:
            workers = 2 if EXECUTORS[name].has_workers else None
            made[name] = make_executor(name, workers, note=SAID.append)
        return made[name]

    yield of
    for each in made.values():
        end(each)


def end(executor):
    """Let an executor end the workers that it keeps for the next task."""
    getattr(executor, "close", lambda: None)()


@pytest.fixture(params=ALL)
def executor(request, executors):
    return executors(request.param)


@pytest.fixture(params=WITH_WORKERS)
def with_workers(request, executors):
    return executors(request.param)


@pytest.fixture
def processes():
    return Processes(2)


@dataclass(frozen=True)
class Item:
    number: int

    def __str__(self):
        return f"item {self.number}"


DIED = r"a worker process died( of SIGKILL)? at item \d"


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
    end(executor)
    wait_until_gone(seen)


def test_an_iterator_that_is_closed_leaves_no_process(executor):
    with closing(executor(process_of, count())) as answers:
        seen = set(islice(answers, 8))
    end(executor)
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
    end(executor)
    wait_until_gone(seen)


def test_a_worker_that_dies_is_an_error_that_names_its_item(with_workers):
    with pytest.raises(StoppedError, match=DIED):
        list(with_workers(die_at_three, map(Item, range(10))))


def test_a_worker_that_dies_while_the_caller_is_busy_is_the_same_error(with_workers):
    answers = with_workers(die_at_three, map(Item, range(30)))
    assert next(answers) == 0
    time.sleep(1)  # by now no worker is left that could take more work
    with pytest.raises(StoppedError, match=DIED):
        list(answers)


def test_work_goes_on_beside_the_caller_and_ends_with_the_block():
    with Processes(2).beside(square, [2, 3, 4]) as answers:
        assert [answer.result() for answer in answers] == [4, 9, 16]
    begun = time.monotonic()
    with Processes(2).beside(sleep_a_little, [1, 2]) as answers:
        time.sleep(0.5)
        assert not answers[0].done()
    assert time.monotonic() - begun < 1.4
    with Processes(1).beside(square, []) as answers:
        assert answers == []


def test_workers_are_kept_from_one_task_to_the_next_and_end_with_the_block(processes):
    with keeping_workers():
        first, second = set(processes(process_of, range(8))), set(processes(process_of, range(8)))
        assert first == second
        with closing(processes(process_of, count())) as answers:
            assert set(islice(answers, 6)) <= first
        assert list(processes(square, range(6))) == [0, 1, 4, 9, 16, 25]
        with pytest.raises(UnusableError, match="three is not to be had"):
            list(processes(fail_at_three, range(10)))
        with processes.beside(square, [2, 3]) as answers:
            assert list(processes(square, range(3))) == [0, 1, 4]
            assert [answer.result() for answer in answers] == [4, 9]
        assert list(processes(square, [])) == []
    wait_until_gone(first)
    assert set(processes(process_of, range(8))).isdisjoint(first)


def test_kept_workers_end_with_the_block_though_a_loop_is_not_ended(processes):
    def work(seen):
        with keeping_workers():
            list(processes(square, range(4)))
            for number, process in enumerate(processes(process_of, count())):
                seen.add(process)
                if number == 8:
                    raise UnusableError("no more")

    seen = set()
    with pytest.raises(UnusableError) as held:  # with the loop, by its traceback
        work(seen)
    wait_until_gone(seen)
    assert held.tb is not None


def test_a_kept_worker_that_died_is_not_missed_and_one_that_cannot_load_a_task_is_told(processes):
    with keeping_workers():
        for process in set(processes(process_of, range(8))):
            os.kill(process, signal.SIGKILL)
        time.sleep(0.3)
        assert list(processes(square, range(4))) == [0, 1, 4, 9]
        with pytest.raises(StoppedError, match="cannot start: three is not to be had"):
            list(processes(Unloadable(), [1]))
        assert list(processes(square, range(4))) == [0, 1, 4, 9]


class Unloadable:
    """Fails when a worker unpickles it."""

    def __reduce__(self):
        return fail_at_three, (3,)


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


def stand_still(item):
    """Take the memory that is left, and wait, as OpenBLAS does where it finds none."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + (20 << 20), resource.RLIM_INFINITY))
    time.sleep(60)


def sleep_a_little(item):
    time.sleep(1.5)
    return item


def test_a_worker_that_stands_still_for_want_of_memory_is_told(processes, monkeypatch):
    monkeypatch.setattr(crew, "LOOKS_AFTER", 0.3)
    begun = time.monotonic()
    with pytest.raises(StoppedError, match="a worker process stands still at item 0: memory is"):
        list(processes(stand_still, [Item(0)]))
    assert time.monotonic() - begun < 30


def test_a_worker_that_only_takes_its_time_is_waited_for(processes, monkeypatch):
    monkeypatch.setattr(crew, "LOOKS_AFTER", 0.3)
    assert list(processes(sleep_a_little, [1])) == [1]


class SlowToLoad:
    """Takes its time when a worker unpickles it."""

    def __reduce__(self):
        return time.sleep, (20,)


def test_a_worker_that_does_not_start_is_told(processes, monkeypatch):
    monkeypatch.setattr(crew, "STARTS_WITHIN", 0.5)
    with pytest.raises(StoppedError, match=r"did not start within 0 s; try fewer --workers"):
        list(processes(SlowToLoad(), [1]))


def leave(item):
    os._exit(3)


def fail_with_a_lock(item):
    raise OwnError(threading.Lock())


class OwnError(Exception):
    pass


def test_an_item_with_a_long_name_is_cut_short(with_workers):
    with pytest.raises(StoppedError) as caught:
        list(with_workers(leave, ["long " * 1000]))
    assert len(str(caught.value)) < 500


def test_an_error_that_cannot_travel_is_told_in_words(with_workers):
    with pytest.raises(RuntimeError, match="OwnError: <unlocked"):
        list(with_workers(fail_with_a_lock, [1]))


def test_an_answer_that_cannot_travel_is_an_error(with_workers):
    with pytest.raises((TypeError, AttributeError)):
        list(with_workers(give_a_lock, [1]))


def give_a_lock(item):
    return threading.Lock()


def numbers_of_threads(item):
    return {key: os.environ.get(key) for key in ONE_THREAD}, signal.getsignal(signal.SIGINT)


def test_workers_have_one_thread_each_and_the_parent_keeps_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    program = (
        "import os, sys; sys.path[:0] = sys.argv[1:]\n"
        "import test_executors as t\n"
        "if __name__ == '__main__':\n"
        "    [(threads, _)] = t.Processes(2)(t.numbers_of_threads, [1])\n"
        "    print(set(threads.values()), os.environ['OMP_NUM_THREADS'],\n"
        "          'OPENBLAS_NUM_THREADS' in os.environ)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent)], capture_output=True, text=True
    )
    assert done.stdout == "{'1'} 7 False\n", done.stderr
