"""Several processes on this machine."""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, TypeVar

from cocosynth.core.errors import StoppedError
from cocosynth.core.executors.tuning import tune

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_task: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Processes:
    """Run items in worker processes, a bounded number of them ahead of what is taken.

    Parameters
    ----------
    workers : int
    """

    workers: int
    has_workers: ClassVar[bool] = True

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        waiting = iter(items)
        with ProcessPoolExecutor(
            self.workers, mp_context=_context(), initializer=_start_worker, initargs=(task,)
        ) as pool:
            running: deque[tuple[Item, Future[Answer]]] = deque()
            try:
                for item in islice(waiting, 2 * self.workers):
                    running.append((item, pool.submit(_run, item)))
                while running:
                    answer = running[0][1].result()
                    for following in islice(waiting, 1):
                        running.append((following, pool.submit(_run, following)))
                    running.popleft()
                    yield answer
            except BrokenProcessPool:
                raise _worker_died(running) from None
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _context() -> Any:
    """Prefer the fork server: it starts workers fast and copies no threads or locks of ours.

    Workers begin with what this process has loaded of the package.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if hasattr(context, "set_forkserver_preload"):
        ours = [name for name in sys.modules if name.startswith(f"{__package__.split('.')[0]}.")]
        context.set_forkserver_preload(ours)
    return context


def _start_worker(task: Callable[[Any], Any]) -> None:
    """Take the task once, however many items follow; leave Ctrl-C and SIGTERM to the parent."""
    global _task
    _task = task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    tune()
    gc.freeze()  # the task stays: garbage is looked for among what is made from now on


def _die_with_parent() -> None:
    """A parent that was killed says nothing: without this its workers would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _run(item: Any) -> Any:
    assert _task is not None
    return _task(item)


def _worker_died(running: Iterable[tuple[Item, Future[Answer]]]) -> StoppedError:
    """Name the first item without an answer: one of those that were being worked on."""
    undone = (item for item, future in running if not future.done() or future.exception())
    item = next(undone, None)
    where = "before it had work" if item is None else f"at or after {item}"
    return StoppedError(
        f"a worker process died {where}; most often the machine is out of memory: "
        "try fewer --workers"
    )
