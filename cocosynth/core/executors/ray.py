"""A Ray cluster: the nodes of `ray start`, or one that is started on this machine.

Ray ends the process that is connected to a cluster where the head is lost. So that is a process of
its own: this one keeps its signals, its output and its life, and says what has happened.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from cocosynth.core import files
from cocosynth.core.errors import StoppedError
from cocosynth.core.executors.answers import opened, packed, pickled, short
from cocosynth.core.executors.ray_cluster import refuse_unreachable
from cocosynth.core.executors.ray_driver import ENDS_WITHIN, drive
from cocosynth.core.executors.ray_worker import Orders
from cocosynth.core.executors.script import refuse_unguarded_script
from cocosynth.core.fork_server import context, undisturbed
from cocosynth.core.locks import Note
from cocosynth.core.optional import version_of
from cocosynth.core.versions import generator

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_GONE = (EOFError, BrokenPipeError, ConnectionResetError)


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
        self.refuse_impossible()
        waiting = iter(items)
        with _marked(getattr(task, "folders", ())) as marks, self._driven(task, marks) as driver:
            for kind, *values in driver.messages():
                if kind == "want":
                    taken = [(short(item), pickled(item)) for item in islice(waiting, values[0])]
                    driver.send("items", taken)
                elif kind == "answer":
                    yield opened(*values)
                elif kind == "note":
                    self.note(values[0])
                elif kind == "again":
                    self._state.done_again += values[0]
                elif kind == "error":
                    raise values[0]

    @contextmanager
    def _driven(self, task: Callable[[Any], Any], marks: tuple[str, ...]) -> Iterator[_Driver]:
        """Let the process that is connected work on a task, and stop it in the end."""
        if self._state.driver is None:
            self._state.driver = _Driver(self.address, self.workers)
        driver = self._state.driver
        modules = tuple(map(os.path.abspath, sys.path))  # an empty one is the current folder
        orders = Orders(os.urandom(12).hex(), modules, generator(), marks, str(Path.cwd()))
        try:
            driver.begin(orders, *packed(task))
            yield driver
        finally:
            if not driver.stop():
                self.close()

    def close(self) -> None:
        """Leave the cluster; one that was started here ends, and its processes with it."""
        driver, self._state.driver = self._state.driver, None
        if driver is not None:
            driver.end()


@dataclass
class _State:
    driver: _Driver | None = None
    done_again: int = 0


class _Driver:
    """The process that is connected to the cluster, and this end of its pipe."""

    def __init__(self, address: str | None, workers: int | None) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = context().Process(target=drive, args=(theirs, address, workers))
        self._works = False
        try:
            with undisturbed():
                self._process.start()
        except (OSError, EOFError) as error:
            raise StoppedError(f"ray: no process can be started: {files.why(error)}") from None
        finally:
            theirs.close()
        atexit.register(self.end)

    def begin(self, orders: Orders, content: bytes, buffers: list[bytes]) -> None:
        self._works = True
        self.send("do", orders, content, buffers)

    def send(self, *message: Any) -> None:
        try:
            self._pipe.send(message)
        except _GONE:
            raise self._lost() from None

    def messages(self) -> Iterator[tuple[Any, ...]]:
        """Yield what it says of the task, until that is done.

        Raises
        ------
        StoppedError
            If it is no more.
        """
        while self._works:
            try:
                message = self._pipe.recv()
            except _GONE:
                raise self._lost() from None
            self._works = message[0] != "done"
            yield message

    def _lost(self) -> StoppedError:
        self._works = False
        self._process.join(1)
        return StoppedError(
            "ray: the connection to the cluster is lost: its head, or the node that this command "
            "runs on, is no more; start it again"
        )

    def stop(self) -> bool:
        """Let it stop what it works on, and wait for that; say whether it can take more work."""
        if self._works:
            with suppress(*_GONE):
                self._pipe.send(("stop",))
                while self._works and self._pipe.poll(ENDS_WITHIN + 5):
                    self._works = self._pipe.recv()[0] != "done"
        return not self._works and self._process.is_alive()

    def end(self) -> None:
        """End the process, and with it the cluster that it has started."""
        atexit.unregister(self.end)
        with suppress(*_GONE, OSError):
            self._pipe.send(("end",))
        self._process.join(ENDS_WITHIN)
        self._process.kill()
        self._process.join()
        self._pipe.close()


@contextmanager
def _marked(folders: Iterable[Path]) -> Iterator[tuple[str, ...]]:
    """Put a file into each folder that a task writes to: a worker that sees it sees this folder."""
    marks = [folder / f".{os.urandom(12).hex()}.partial" for folder in folders]
    try:
        for mark in marks:
            files.write_atomic(mark, b"")
        yield tuple(map(str, marks))
    finally:
        for mark in marks:
            with suppress(OSError):
                files.remove(mark)
