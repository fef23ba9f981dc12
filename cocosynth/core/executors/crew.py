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
from cocosynth.core.executors.answers import answer, die_with_parent, opened, short, unpickled
from cocosynth.core.executors.tuning import tune
from cocosynth.core.files import why
from cocosynth.core.fork_server import context, undisturbed
from cocosynth.core.memory import has_room, memory_limit, short_of_memory

STARTS_WITHIN = 120.0
"""Seconds that a worker may take to start; with all that it loads, it takes about one."""

LOOKS_AFTER = 30.0
"""Seconds without an answer after which a worker is looked at."""

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
    """

    def __init__(self, task: Callable[[Any], Any], size: int) -> None:
        self._task, self._size = task, size
        self._workers: list[_Worker] = []
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._threads = ThreadPoolExecutor(size)
        atexit.register(self.close)  # a loop that nobody ended

    def submit(self, item: Any) -> Future[Any]:
        """Let a worker take an item as soon as one is free.

        Raises
        ------
        StoppedError
            If no worker can be started. That one died, or did not start, is an error of the future.
        """
        with undisturbed():
            if len(self._workers) < self._size:
                worker = _Worker(self._task)
                self._workers.append(worker)
                self._idle.put(worker)
            return self._threads.submit(self._ask, item)

    def _ask(self, item: Any) -> Any:
        worker = self._idle.get()
        try:
            return worker.ask(item)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End all workers, whatever they are at."""
        for worker in self._workers:
            worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.join()
        atexit.unregister(self.close)


class _Worker:
    """A process, and this end of its pipe."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = context().Process(target=_work, args=(task, theirs))
        self._started = self._busy = False
        try:
            self._process.start()
        except (OSError, EOFError) as error:
            raise StoppedError(
                f"worker processes cannot be started: {why(error) or 'a helper of Python has died'}"
                "; try fewer --workers"
            ) from None
        finally:
            theirs.close()

    def ask(self, item: Any) -> Any:
        """Return the answer of the task, or raise its error."""
        self._busy = True
        try:
            self._wait_for_start()
            self._pipe.send(item)
            self._watch(item)
            content = self._pipe.recv_bytes()
        except _GONE:
            raise StoppedError(self._death(item)) from None
        self._busy = False
        return opened(content, item)

    def _wait_for_start(self) -> None:
        if self._started:
            return
        if not self._pipe.poll(STARTS_WITHIN):
            raise StoppedError(
                f"a worker process did not start within {STARTS_WITHIN:.0f} s{memory_limit()}; "
                "try fewer --workers"
            )
        error, _ = unpickled(self._pipe.recv_bytes())
        if error is not None:
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

    def end(self) -> None:
        if self._busy:
            self._process.kill()
        else:  # it waits for work, and hears that there is none
            with suppress(OSError):
                self._pipe.send_bytes(b"")

    def join(self) -> None:
        self._process.join()
        self._pipe.close()


def _work(task: Callable[[Any], Any], pipe: Connection) -> None:
    """Be a worker, until there is no more work; leave Ctrl-C and SIGTERM to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=die_with_parent, daemon=True).start()
    with suppress(*_GONE):
        pipe.send_bytes(answer(tune))
        gc.freeze()  # the task stays: garbage is looked for among what is made from now on
        while message := pipe.recv_bytes():
            pipe.send_bytes(answer(partial(_done, task, message)))


def _done(task: Callable[[Any], Any], message: bytes) -> Any:
    return task(unpickled(message))
