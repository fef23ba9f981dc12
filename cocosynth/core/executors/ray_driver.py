"""The process that is connected to a Ray cluster: it sends items out, and again where one is lost.

It says what it needs and what has happened as tuples, the kind first: ``want`` so many items,
``answer`` of the first item, ``note`` a line, ``again`` so many items were sent, ``error``, and
``done`` at the end of each task.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from cocosynth.core.errors import StoppedError
from cocosynth.core.executors.answers import die_with_parent, error_of, short, unpickled
from cocosynth.core.executors.ray_cluster import Cluster
from cocosynth.core.executors.ray_worker import Orders, work
from cocosynth.core.node import is_readable

TRIES = 4
"""Times that an item is worked on before a lost worker is an error: it may be what kills them."""

WAITS = 60.0
"""Seconds without an answer after which it is said what is waited for."""

ENDS_WITHIN = 20.0
"""Seconds that workers have to end."""


class _Stopped(Exception):  # noqa: N818 - the parent wants no more of it
    pass


def drive(pipe: Connection, address: str | None, workers: int | None) -> None:
    """Connect to a cluster, and work on tasks until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says what to do
    threading.Thread(target=die_with_parent, daemon=True).start()
    _say_nothing()
    cluster: Cluster | None = None
    while (message := pipe.recv())[0] != "end":
        if message[0] == "stop":  # what has ended by itself
            continue
        try:
            if cluster is None:
                cluster = Cluster(address, workers, lambda text: pipe.send(("note", text)))
            _Run(pipe, cluster, workers, *message[1:]).go()
        except _Stopped:
            pass
        except BaseException as error:
            pipe.send(("error", error_of(_in_words(error))))
        pipe.send(("done",))
    if cluster is not None:
        cluster.close()


def _in_words(error: BaseException) -> BaseException:
    """Return a line about an error of Ray, most of which come from a cluster that is lost."""
    if not type(error).__module__.startswith("ray."):
        return error
    text = " ".join(str(error).split())
    return StoppedError(f"ray: {type(error).__name__}: {short(text)}")


def _say_nothing() -> None:
    """Let nothing of Ray into the output of the command: it has logs of its own."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@dataclass(eq=False)
class _Sent:
    """An item on its way."""

    name: str
    content: bytes
    ref: Any = None
    future: Any = None
    tries: int = 0
    missing: frozenset[str] = frozenset()


class _Run:
    """A task on a cluster, and the items of it that are on their way, in order."""

    def __init__(
        self,
        pipe: Connection,
        cluster: Cluster,
        workers: int | None,
        orders: Orders,
        content: bytes,
        buffers: list[bytes],
    ) -> None:
        self._pipe, self._cluster, self._workers = pipe, cluster, workers
        self._ray, self._key = cluster.ray, orders.key
        arrays = [np.frombuffer(buffer, np.uint8) for buffer in buffers]  # mapped by workers
        self._boxes = [self._ray.put(orders), self._ray.put((content, arrays))]
        self._work = self._ray.remote(max_retries=0, num_cpus=1)(work)
        self._running: deque[_Sent] = deque()
        self._finished: SimpleQueue[tuple[_Sent, Any]] = SimpleQueue()

    def go(self) -> None:
        """Work on all items of the parent."""
        there_are_more = True
        try:
            while there_are_more or self._running:
                room = self._room - len(self._running)
                if there_are_more and room > 0:
                    there_are_more = self._take(room)
                if self._running:
                    self._say("answer", *self._first())
                    self._running.popleft()
        finally:
            self._cancel()

    @property
    def _room(self) -> int:
        """How many items are on their way at most: two for each that is worked on."""
        return 2 * (self._workers or max(1, self._cluster.slots))

    def _say(self, *message: Any) -> None:
        self._pipe.send(message)

    def _take(self, count: int) -> bool:
        """Take items of the parent; say whether there may be more."""
        self._say("want", count)
        kind, *values = self._pipe.recv()
        if kind != "items":
            raise _Stopped
        for name, content in values[0]:
            sent = _Sent(name, content)
            self._running.append(sent)
            self._send(sent)
        return len(values[0]) == count

    def _send(self, sent: _Sent) -> None:
        sent.tries += 1
        sent.ref = self._work.remote(self._key, self._boxes, sent.missing, sent.content)
        sent.future = future = sent.ref.future()
        future.add_done_callback(lambda _: self._finished.put((sent, future)))

    def _first(self) -> tuple[bytes, str]:
        """Wait for the answer to the first item, and see to what is lost meanwhile."""
        first, begun = self._running[0], time.monotonic()
        while True:
            if self._pipe.poll():
                raise _Stopped
            self._cluster.look()
            lost = []
            for sent, future in self._arrived():
                begun = time.monotonic()
                error = future.exception() if future is sent.future else None  # else sent again
                if isinstance(error, self._lost):
                    lost.append((sent, error))
                elif error is not None:
                    raise _our(error, sent)
            if lost:
                self._do_again(lost)
            elif first.future.done() and not first.future.exception():
                place, unseen, content = unpickled(first.future.result())
                if unseen is None:
                    return content, f"{first.name} on {place}"
                self._look_here(first, unseen, place)
            elif time.monotonic() - begun > WAITS:
                begun = time.monotonic()
                self._say("note", f"ray: still waits for {first.name}; {self._cluster.state()}")

    def _arrived(self) -> Iterator[tuple[_Sent, Any]]:
        """Yield the items that are finished, however; wait a little where there is none."""
        is_there = self._running[0].future.done()
        with suppress(Empty):
            yield self._finished.get(timeout=0 if is_there else 0.25)
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
                    f"a worker process died at {sent.name}, {sent.tries} times; most often a node "
                    f"is out of memory: give it more, or start it with fewer CPUs ({short(why)})"
                )
        names = lost[0][0].name + (f" and {len(lost) - 1} more" if len(lost) > 1 else "")
        self._say("again", len(lost))
        self._say("note", f"ray: a worker is lost: {names} will be done again")
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

    def _cancel(self) -> None:
        """End what is still worked on, and wait until it has ended."""
        left = [sent for sent in self._running if not sent.future.done()]
        for sent in left:
            with suppress(Exception):  # it has ended meanwhile, or the cluster has
                self._ray.cancel(sent.ref, force=True)
        end = time.monotonic() + ENDS_WITHIN
        while not all(sent.future.done() for sent in left) and time.monotonic() < end:
            time.sleep(0.02)


def _our(error: BaseException, sent: _Sent) -> BaseException:
    """Return the error about what Ray says of a call that did not come to our code."""
    text = " ".join(str(error).split())
    if "No module named 'cocosynth'" in text or "failed to import" in text:
        return StoppedError(
            "ray: cocosynth is missing on a node: install the same version of it on all nodes"
        )
    return StoppedError(f"ray: {sent.name} failed: {short(text)}")
