"""Executors: where work runs; one file each. None changes a byte of the result."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors.processes import Processes, keeping_workers
from cocosynth.core.executors.serial import Serial
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.locks import Note
from cocosynth.core.threads import usable_cores

if TYPE_CHECKING:
    from cocosynth.core.executors.ray import Ray

Item = TypeVar("Item")
Answer = TypeVar("Answer")

__all__ = [
    "EXECUTORS",
    "Executor",
    "Processes",
    "Ray",
    "Serial",
    "keeping_workers",
    "make_executor",
]

EXECUTORS = LazyTable(__name__, {"processes": "Processes", "ray": "Ray", "serial": "Serial"})
"""By name: classes made with a number of workers, or with nothing if `has_workers` is false.

One that has `has_nodes` is made with the workers that were asked for, the address of a cluster, and
what takes notes.
"""


def __getattr__(name: str) -> Any:
    if name != "Ray":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return EXECUTORS["ray"]


class Executor(Protocol):
    """Runs a task over items.

    A task that writes files has `folders`: those they are in. On several machines that must be the
    same ones.
    """

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield the answers in the order of the items.

        Only a bounded number of items is taken ahead of the answers. An error of the task is raised
        here; the death of a worker is a `StoppedError` that names what it worked on, at once or
        after some tries. Once the iterator is closed, nothing is worked on any more. Workers that
        are kept for the next task end with `close`, where an executor has it.
        """


def make_executor(
    name: str | None = None,
    workers: int | None = None,
    *,
    address: str | None = None,
    note: Note = warnings.warn,
) -> Executor:
    """Make the executor of a name.

    Parameters
    ----------
    name : str, optional
        A key of `EXECUTORS`; by default ``processes``, or ``serial`` for one worker.
    workers : int, optional
        As many as this process may use cores by default, or as the cluster has.
    address : str, optional
        Of a cluster.
    note : callable, optional
        Takes lines about a cluster.

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
    if kind.has_nodes:
        on_nodes = kind(workers, address, note)
        on_nodes.refuse_impossible()
        return on_nodes
    if address is not None:
        raise CocosynthError("--ray-address: add --executor ray, or remove it")
    if kind.has_workers:
        return kind(count)
    if workers not in (None, 1):
        raise CocosynthError(
            f"--executor {name} runs in one process: remove --workers {workers}, or choose another"
        )
    return kind()
