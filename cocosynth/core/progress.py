"""How far the work is: the one protocol by which everything that takes long reports it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")


class Progress(Protocol):
    """Sees what is done pass by."""

    def __call__(
        self, title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
    ) -> Iterator[Answer]:
        """Pass the answers on; each stands for `size` of `total` steps."""


def silent(
    title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
) -> Iterator[Answer]:
    """Report nothing."""
    return iter(answers)
