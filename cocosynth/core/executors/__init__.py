"""Executors: where work runs; one file each. None changes a byte of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors.processes import Processes
from cocosynth.core.executors.serial import Serial
from cocosynth.core.threads import usable_cores

Item = TypeVar("Item")
Answer = TypeVar("Answer")

__all__ = ["EXECUTORS", "Executor", "Processes", "Serial", "make_executor"]

EXECUTORS: dict[str, type[Any]] = {"processes": Processes, "serial": Serial}
"""By name: classes made with a number of workers, or with nothing if `has_workers` is false."""


class Executor(Protocol):
    """Runs a task over items."""

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield the answers in the order of the items.

        Only a bounded number of items is taken ahead of the answers. An error of the task is raised
        here; the death of a worker is a `StoppedError` that names what it worked on. Once the
        iterator is closed, no worker is left.
        """


def make_executor(name: str | None = None, workers: int | None = None) -> Executor:
    """Make the executor of a name.

    Parameters
    ----------
    name : str, optional
        A key of `EXECUTORS`; by default ``processes``, or ``serial`` for one worker.
    workers : int, optional
        As many as this process may use cores by default.

    Raises
    ------
    CocosynthError
        If there is no such executor, or it cannot have so many workers.
    """
    count = workers or usable_cores()
    name = name or ("serial" if count == 1 else "processes")
    if name not in EXECUTORS:
        names = ", ".join(EXECUTORS)
        raise CocosynthError(f"--executor: there is no {name!r}; choose from {names}")
    kind = EXECUTORS[name]
    if kind.has_workers:
        return kind(count)
    if workers not in (None, 1):
        raise CocosynthError(
            f"--executor {name} runs in one process: remove --workers {workers}, or choose another"
        )
    return kind()
