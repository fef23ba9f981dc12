"""Everything in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Serial:
    """Run one item after the other in this process."""

    has_workers: ClassVar[bool] = False
    has_nodes: ClassVar[bool] = False

    def __call__(self, task: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        for item in items:
            yield task(item)
