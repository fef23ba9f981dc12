"""Worker processes that each take an item and give an answer, over a pipe of its own.

A thread of the parent waits for each. So it is known which item a worker died at, a worker can be
ended at any moment, and nothing is shared whose holder may be killed: the pools of the standard
library have locks, and processes of their own that must live.
"""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from cocosynth.core.errors import StoppedError
from cocosynth.core.executors.answers import (
    answer,
    die_with_parent,
    opened,
    pickled,
    short,
    unpickled,
)
from cocosynth.core.executors.tuning import tune
from cocosynth.core.files import why
from cocosynth.core.fork_server import context, undisturbed
from cocosynth.core.memory import has_room, memory_limit, short_of_memory

STARTS_WITHIN = 120.0
"""Seconds that a worker may take to start; with all that it loads, it takes about one."""

LOOKS_AFTER = 30.0
"""Seconds without an answer after which a worker is looked at."""

_TASK = b"task"
"""What a message begins with that is a task, and not an item; nothing pickled does."""

_GONE = (EOFError, BrokenPipeError, ConnectionResetError)
"""What a pipe raises whose other end is no more."""


class Crew:
    """Workers for one task, started as they are needed.

    Parameters
    ----------
    task : callable
        Sent to each worker once.
    size : int
        How many workers there are at most.
    spare : Spare, optional
        Those that earlier crews have left are taken first; this one leaves its own there.
    """

    def __init__(self, task: Callable[[Any], Any], size: int, spare: Spare | None = None) -> None:
        self._task, self._size, self._spare = _TASK + pickled(task), size, spare
        self._closed = False
        self._workers: list[Worker] = []
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        self._threads = ThreadPoolExecutor(size)
        atexit.register(self.close)  # a loop that nobody ended
        if spare is not None:
            spare.crews.append(self)

    def submit(self, item: Any) -> Future[Any]:
        """Let a worker take an item as soon as one is free.

        Raises
        ------
        StoppedError
            If no worker can be started. That one died, or did not start, is an error of the future.
        """
        with undisturbed():
            if len(self._workers) < self._size:
                worker = (self._spare.taken() if self._spare else None) or Worker()
                self._workers.append(worker)
                worker.take(self._task)
                self._idle.put(worker)
            return self._threads.submit(self._ask, item)

    def _ask(self, item: Any) -> Any:
        worker = self._idle.get()
        worker.is_busy = True  # before the look at what `close` sets before it looks at this
        try:
            if self._closed:
                raise StoppedError("no more work is done")  # nobody waits for it
            return worker.ask(item)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End the work, whatever workers are at, and all of them that are not kept."""
        self._closed = True
        kept = [] if self._spare is None else [each for each in self._workers if each.is_free]
        left = [worker for worker in self._workers if worker not in kept]
        for worker in left:
            worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in left:
            worker.join()
        self._workers.clear()
        if self._spare is not None and self in self._spare.crews:
            self._spare.crews.remove(self)
            self._spare.workers += kept
        atexit.unregister(self.close)


class Spare:
    """Workers that wait for the next crew, and the crews that are at work."""

    def __init__(self) -> None:
        self.workers: list[Worker] = []
        self.crews: list[Crew] = []

    def taken(self) -> Worker | None:
        """Return one, if there is any; one that has died had nothing to do, and is not missed."""
        while self.workers:
            worker = self.workers.pop()
            if worker.is_alive:
                return worker
            worker.join()
        return None

    def close(self) -> None:
        """End all workers, those of a loop that nobody ended, too."""
        for crew in tuple(self.crews):
            crew.close()
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            worker.join()
        self.workers.clear()


class Worker:
    """A process, and this end of its pipe."""

    def __init__(self) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = context().Process(target=_work, args=(theirs,))
        self._started = self.is_busy = False
        self._tasks = 0  # that it has not answered yet to have loaded
        try:
            self._process.start()
        except (OSError, EOFError) as error:
            raise StoppedError(
                f"worker processes cannot be started: {why(error) or 'a helper of Python has died'}"
                "; try fewer --workers"
            ) from None
        finally:
            theirs.close()

    def take(self, task: bytes) -> None:
        """Let it load a task, and forget the one before."""
        self._tasks += 1
        with suppress(OSError):  # it is no more, which is said where it is asked
            self._pipe.send_bytes(task)

    def ask(self, item: Any) -> Any:
        """Return the answer of the task, or raise its error."""
        try:
            self._wait_for_task()
            self._pipe.send(item)
            self._watch(item)
            content = self._pipe.recv_bytes()
        except _GONE:
            raise StoppedError(self._death(item)) from None
        self.is_busy = False
        return opened(content, item)

    def _wait_for_task(self) -> None:
        while self._tasks:
            if not self._pipe.poll(STARTS_WITHIN):
                raise StoppedError(
                    f"a worker process did not start within {STARTS_WITHIN:.0f} s{memory_limit()}; "
                    "try fewer --workers"
                )
            error, _ = unpickled(self._pipe.recv_bytes())
            self._tasks -= 1
            if error is not None and not self._tasks:
                raise StoppedError(
                    f"a worker process cannot start: {short_of_memory(error) or error}"
                ) from error
            self._started = True

    def _watch(self, item: Any) -> None:
        """Wait for the answer, but not for ever where memory is limited.

        Raises
        ------
        StoppedError
            If memory is short and the worker gives no answer: a library waits for some.
        """
        while not self._pipe.poll(LOOKS_AFTER):
            if not has_room(self._process.pid or 0):
                raise StoppedError(
                    f"a worker process stands still at {short(item)}: memory is short"
                    f"{memory_limit()}; allow more, or try fewer --workers"
                )

    def _death(self, item: Any) -> str:
        self._process.join(1)  # what it died of is known a moment later
        code = self._process.exitcode or 0
        how = f" of {signal.Signals(-code).name}" if -code in signal.valid_signals() else ""
        if not self._started:
            return (
                f"a worker process died{how} before it had work: a script that uses workers must "
                f'do its work under `if __name__ == "__main__":`; or memory is short'
                f"{memory_limit()}: try fewer --workers"
            )
        return (
            f"a worker process died{how} at {short(item)}; most often the machine is out of memory"
            f"{memory_limit()}: try fewer --workers"
        )

    @property
    def is_free(self) -> bool:
        """Whether it waits for work; of a task it has not answered to, a part may be on its way."""
        return not self.is_busy and not self._tasks

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    def end(self) -> None:
        if not self.is_free:
            self._process.kill()
        else:  # it waits for work, and hears that there is none
            with suppress(OSError):
                self._pipe.send_bytes(b"")

    def join(self) -> None:
        self._process.join()
        self._pipe.close()


def _work(pipe: Connection) -> None:
    """Be a worker, until there is no more work; leave Ctrl-C and SIGTERM to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=die_with_parent, daemon=True).start()
    work = _Work()
    with suppress(*_GONE):
        while message := pipe.recv_bytes():
            act = work.take if message.startswith(_TASK) else work
            pipe.send_bytes(answer(partial(act, message)))


class _Work:
    """The task of a worker, if it has one."""

    def __init__(self) -> None:
        self._task: Callable[[Any], Any] | None = None

    def take(self, content: bytes) -> None:
        if self._task is None:
            tune()
        self._task = None  # what it holds goes before the next is there
        self._task = unpickled(content.removeprefix(_TASK))
        gc.freeze()  # the task stays: garbage is looked for among what is made from now on

    def __call__(self, message: bytes) -> Any:
        assert self._task is not None
        return self._task(unpickled(message))
