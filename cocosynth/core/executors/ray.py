"""A Ray cluster: the nodes of `ray start`, or one that is started on this machine.

The task goes to the object store once; the items are small, and only a few are on their way at a
time. What a lost worker or node had is done again by another, which gives the same bytes.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeVar

from cocosynth.core import files
from cocosynth.core.errors import StoppedError
from cocosynth.core.executors.answers import opened, pickled, short
from cocosynth.core.executors.ray_cluster import Cluster, refuse_unreachable
from cocosynth.core.executors.ray_worker import Orders, work
from cocosynth.core.executors.script import refuse_unguarded_script
from cocosynth.core.locks import Note
from cocosynth.core.node import UnseenError, is_readable
from cocosynth.core.optional import version_of
from cocosynth.core.versions import generator

Item = TypeVar("Item")
Answer = TypeVar("Answer")

TRIES = 4
"""Times that an item is worked on before a lost worker is an error: it may be what kills them."""

WAITS = 60.0
"""Seconds without an answer after which it is said what is waited for."""

ENDS_WITHIN = 20.0
"""Seconds that workers have to end."""


@dataclass(frozen=True)
class Ray:
    """Run items on the nodes of a Ray cluster, a bounded number of them ahead of what is taken.

    Parameters
    ----------
    workers : int, optional
        Items at once at most; by default as many as the cluster has CPUs.
    address : str, optional
        ``auto`` or ``HOST:PORT``; by default that of the environment variable RAY_ADDRESS, or else
        a cluster is started on this machine. It ends with `close`, or with this process.
    note : callable, optional
        Takes lines about nodes and about what was done again.
    """

    workers: int | None = None
    address: str | None = None
    note: Note = warnings.warn
    has_workers: ClassVar[bool] = True
    has_nodes: ClassVar[bool] = True
    _state: _State = field(default_factory=lambda: _State(), repr=False, compare=False)

    @property
    def done_again(self) -> int:
        """How many times an item was done again, as its worker or node was lost."""
        return self._state.done_again

    def refuse_impossible(self) -> None:
        """Refuse what is known to be in vain, before there is work.

        Raises
        ------
        CocosynthError
            If Ray is not installed, or nothing answers at the address.
        """
        version_of("ray", extra="ray")
        if address := self.address or os.environ.get("RAY_ADDRESS"):
            refuse_unreachable(address)

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        refuse_unguarded_script()
        waiting = iter(items)
        with _marked(getattr(task, "folders", ())) as marks, self._run(task, marks) as run:
            for item in islice(waiting, run.room):
                run.submit(item)
            while run.running:
                answer = run.first()
                for following in islice(waiting, max(0, run.room - len(run.running) + 1)):
                    run.submit(following)
                run.running.popleft()
                yield answer

    @contextmanager
    def _run(self, task: Callable[[Any], Any], marks: Sequence[str]) -> Iterator[_Run]:
        run = _Run(self._cluster(), task, marks, self)
        try:
            yield run
        finally:
            run.cancel()

    def _cluster(self) -> Cluster:
        if self._state.cluster is None:
            self._state.cluster = Cluster(self.address, self.workers, self.note)
        return self._state.cluster

    def close(self) -> None:
        """Leave the cluster; one that was started here ends, and its processes with it."""
        if self._state.cluster is not None:
            self._state.cluster.close()
            self._state.cluster = None


@dataclass
class _State:
    cluster: Cluster | None = None
    done_again: int = 0


@dataclass(eq=False)
class _Sent:
    """An item on its way."""

    item: Any
    content: bytes
    ref: Any = None
    future: Any = None
    tries: int = 0
    missing: frozenset[str] = frozenset()


class _Run:
    """A task on a cluster, and the items of it that are on their way, in order."""

    def __init__(
        self, cluster: Cluster, task: Callable[[Any], Any], marks: Sequence[str], run: Ray
    ) -> None:
        self.running: deque[_Sent] = deque()
        self._cluster, self._ray, self._of = cluster, cluster.ray, run
        self._key = os.urandom(12).hex()
        orders = Orders(self._key, tuple(filter(None, sys.path)), generator(), tuple(marks))
        self._boxes = [self._ray.put(orders), self._ray.put(task)]
        self._work = self._ray.remote(max_retries=0, num_cpus=1)(work)
        self._finished: SimpleQueue[_Sent] = SimpleQueue()

    @property
    def room(self) -> int:
        """How many items are on their way at most: two for each that is worked on."""
        workers = self._of.workers or max(1, self._cluster.slots)
        return 2 * workers

    def submit(self, item: Any) -> None:
        sent = _Sent(item, pickled(item))
        self.running.append(sent)
        self._send(sent)

    def _send(self, sent: _Sent) -> None:
        sent.tries += 1
        sent.ref = self._work.remote(self._key, self._boxes, sent.missing, sent.content)
        sent.future = sent.ref.future()
        sent.future.add_done_callback(lambda _: self._finished.put(sent))

    def first(self) -> Any:
        """Wait for the answer to the first item, and see to what is lost meanwhile."""
        first, begun = self.running[0], time.monotonic()
        while True:
            self._cluster.look()
            lost = []
            for sent in self._arrived():
                begun = time.monotonic()
                error = sent.future.exception()
                if isinstance(error, self._lost):
                    lost.append((sent, error))
                elif error is not None:
                    raise self._our(error, sent)
            if lost:
                self._do_again(lost)
            elif first.future.done() and not first.future.exception():
                place, content = ForkingPickler.loads(first.future.result())
                try:
                    return opened(content, f"{short(first.item)} on {place}")
                except UnseenError as error:
                    self._look_here(first, error.path, place)
            elif time.monotonic() - begun > WAITS:
                begun = time.monotonic()
                self._of.note(f"ray: still waits for {short(first.item)}; {self._cluster.state()}")

    def _arrived(self) -> Iterator[_Sent]:
        """Yield the items that are finished, however; wait a little where there is none."""
        with suppress(Empty):
            yield self._finished.get(timeout=0.5)
            while True:
                yield self._finished.get_nowait()

    @property
    def _lost(self) -> tuple[type[Exception], ...]:
        known = self._ray.exceptions
        return (
            *(known.WorkerCrashedError, known.NodeDiedError, known.OutOfMemoryError),
            *(known.ObjectLostError, known.RaySystemError),
        )

    def _do_again(self, lost: list[tuple[_Sent, Exception]]) -> None:
        """Send items again whose worker is gone.

        Raises
        ------
        StoppedError
            If it is gone too often.
        """
        for sent, error in lost:
            if sent.tries >= TRIES:
                why = str(error).strip().partition("\n")[0]
                raise StoppedError(
                    f"a worker process died at {short(sent.item)}, {sent.tries} times; most often "
                    "a node is out of memory: give it more, or start it with fewer CPUs "
                    f"({short(why)})"
                )
        self._of._state.done_again += len(lost)
        names = short(lost[0][0].item) + (f" and {len(lost) - 1} more" if len(lost) > 1 else "")
        self._of.note(f"ray: a worker is lost: {names} will be done again")
        time.sleep(0.5 * max(sent.tries for sent, _ in lost))  # a node that is lost is known then
        for sent, _ in lost:
            self._send(sent)

    def _look_here(self, sent: _Sent, path: str, place: str) -> None:
        """Send an item again whose worker misses a file that is missing here, too.

        Raises
        ------
        StoppedError
            If it is not missing here.
        """
        if is_readable(path):
            raise StoppedError(
                f"{path}: cannot be read on {place}, but can be here: put it where all nodes see it"
            )
        sent.missing |= {path}
        self._send(sent)

    def _our(self, error: BaseException, sent: _Sent) -> BaseException:
        """Return the error about what Ray says of a call that did not come to our code."""
        text = " ".join(str(error).split())
        if "No module named 'cocosynth'" in text or "failed to import" in text:
            return StoppedError(
                "ray: cocosynth is missing on a node: install the same version of it on all nodes"
            )
        return StoppedError(f"ray: {short(sent.item)} failed: {short(text)}")

    def cancel(self) -> None:
        """End what is still worked on, and wait until it has ended."""
        left = [sent for sent in self.running if sent.future and not sent.future.done()]
        for sent in left:
            with suppress(Exception):  # it has ended meanwhile, or the cluster has
                self._ray.cancel(sent.ref, force=True)
        end = time.monotonic() + ENDS_WITHIN
        while not all(sent.future.done() for sent in left) and time.monotonic() < end:
            time.sleep(0.02)


@contextmanager
def _marked(folders: Iterable[Path]) -> Iterator[list[str]]:
    """Put a file into each folder that a task writes to: a worker that sees it sees this folder."""
    marks = [folder / f".{os.urandom(12).hex()}.partial" for folder in folders]
    try:
        for mark in marks:
            files.write_atomic(mark, b"")
        yield list(map(str, marks))
    finally:
        for mark in marks:
            with suppress(OSError):
                files.remove(mark)
