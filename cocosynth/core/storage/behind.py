"""Work for a store that goes on beside other work: files put behind, files fetched ahead."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from typing import TypeVar

from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import Url

Item = TypeVar("Item")

_WRITERS, _READERS = 8, 16
_of_thread = threading.local()


class _Behind:
    """The files that a thread has handed over, to be put by others."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(_WRITERS, thread_name_prefix="cocosynth-put")
        self.jobs: dict[str, Future[None]] = {}


@contextmanager
def writing() -> Iterator[None]:
    """Let files be put while the next ones are made; at the end, all of them are there.

    Raises
    ------
    CocosynthError
        The first that one of them has ended with.
    """
    work = _of_thread.work = _Behind()
    try:
        yield
        for job in work.jobs.values():
            job.result()
    finally:
        _of_thread.work = None
        work.pool.shutdown(wait=True, cancel_futures=True)


def do(url: Url, act: Callable[[], None]) -> None:
    """Put a file: now, or within `writing` soon."""
    work: _Behind | None = getattr(_of_thread, "work", None)
    if work is None:
        act()
        return
    before = work.jobs.get(str(url))
    if before is not None:
        before.result()
    jobs = work.jobs  # for a copy, which looks for what it copies in another thread

    def run() -> None:
        _of_thread.jobs = jobs
        act()

    work.jobs[str(url)] = work.pool.submit(run)


def wait(url: Url) -> None:
    """Wait until what was handed over for a URL, or below it, is there."""
    work: _Behind | None = getattr(_of_thread, "work", None)
    jobs = work.jobs if work is not None else getattr(_of_thread, "jobs", None)
    if not jobs:
        return
    name = str(url)
    for other, job in list(jobs.items()):
        if other == name or other.startswith(f"{name}/"):
            job.result()


def all_of(acts: Sequence[Callable[[], None]], most: int) -> None:
    """Do all of something, several at a time."""
    if not acts:
        return
    with ThreadPoolExecutor(min(most, len(acts))) as pool:
        done = [pool.submit(act) for act in acts]
        wait_for(done)
        for one in done:
            one.result()


def ahead(items: Iterable[Item], fetch: Callable[[Item], None]) -> Iterator[Item]:
    """Yield items while what the next ones need is fetched.

    What goes wrong then is not said: who needs it asks again, and says why.
    """
    pool = ThreadPoolExecutor(_READERS, thread_name_prefix="cocosynth-fetch")

    def quietly(item: Item) -> None:
        with suppress(CocosynthError, OSError):
            fetch(item)

    waiting: deque[tuple[Item, Future[None]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(quietly, item)))
            if len(waiting) > _READERS:
                yield _first(waiting)
        while waiting:
            yield _first(waiting)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _first(waiting: deque[tuple[Item, Future[None]]]) -> Item:
    item, job = waiting.popleft()
    job.result()
    return item
