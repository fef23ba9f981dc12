"""Who is told how far the work is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")


class Progress(Protocol):
    """Told how far a build is."""

    def __call__(
        self, title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
    ) -> Iterator[Answer]:
        """Pass the answers on; each stands for `size` of `total` steps."""


def silent(
    title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
) -> Iterator[Answer]:
    """Report nothing."""
    return iter(answers)
