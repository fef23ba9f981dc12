"""Executors: where work runs; one file each. None changes a byte of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from cocosynth.core.executors.processes import Processes
from cocosynth.core.executors.serial import Serial

Item = TypeVar("Item")
Answer = TypeVar("Answer")

__all__ = ["Executor", "Processes", "Serial"]


class Executor(Protocol):
    """Runs a task over items."""

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield the answers in the order of the items.

        An error of the task is raised here; so is the death of a worker, naming what it worked on.
        """
