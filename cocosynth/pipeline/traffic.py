"""What a build reads and writes over the network, in all its processes."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from cocosynth.core.executors import Executor
from cocosynth.core.fetching import ask_again_for

if TYPE_CHECKING:
    from cocosynth.core.storage.traffic import Traffic

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def taken() -> Traffic | None:
    """Return what this process has counted since it was last asked; None if it uses no store."""
    known = sys.modules.get("cocosynth.core.storage.traffic")
    return known.taken() if known is not None else None


@dataclass(frozen=True)
class _Counting(Generic[Item, Answer]):
    """A task whose answers bring along what it took over the network."""

    task: Callable[[Item], Answer]
    build: str

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those that the task writes to."""
        return getattr(self.task, "folders", ())

    def __call__(self, item: Item) -> tuple[Answer, Traffic | None]:
        ask_again_for(self.build)
        return self.task(item), taken()


@dataclass
class Counted:
    """An executor that adds up what its workers read and write over the network.

    Attributes
    ----------
    run : Executor
    total : Traffic or None
        None where no store was used.
    name : str
        Of this run: what a worker was told by a store in another may have changed since.
    """

    run: Executor
    total: Traffic | None = field(default=None, init=False)
    name: str = field(default_factory=lambda: uuid.uuid4().hex, init=False)

    def __post_init__(self) -> None:
        ask_again_for(self.name)

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield the answers in the order of the items."""
        for answer, found in self.run(_Counting(task, self.name), items):
            self.add(found)
            yield answer

    def add(self, found: Traffic | None) -> None:
        if found is not None and self.total is not None:
            self.total.add(found)
        elif found:
            self.total = found
