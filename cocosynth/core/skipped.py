"""What was skipped, counted by source and reason: one value from the source to the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

_LONGEST = 120  # characters of an example


class SkippedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much was skipped for one reason.

    Attributes
    ----------
    source, reason : str
    count : int
    example : str or None
        The first record or file, where it was bad; None where the user chose not to use it.
    """

    source: str
    reason: str
    count: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    example: str | None = None

    def __str__(self) -> str:
        first = f", first {self.example}" if self.example else ""
        return f"{self.source}: {self.count} x {self.reason}{first}"


class Skipped(Mapping[tuple[str, str], int]):
    """Counts by (source, reason), with the first example of each; two of them add up.

    Parameters
    ----------
    rows : iterable of SkippedRow

    Examples
    --------
    >>> skipped = Skipped([SkippedRow("photos", "image file is missing", 2, "7.jpg")])
    >>> skipped.add("photos", "image file is missing", example="9.jpg")
    >>> [str(row) for row in skipped.rows()]
    ['photos: 3 x image file is missing, first 7.jpg']
    """

    def __init__(self, rows: Iterable[SkippedRow] = ()) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._examples: dict[tuple[str, str], str] = {}
        self.update(rows)

    def add(self, source: str, reason: str, count: int = 1, example: str | None = None) -> None:
        """Count what is skipped; nothing happens for a count of 0."""
        if not count:
            return
        key = (source, reason)
        self._counts[key] = self._counts.get(key, 0) + count
        if example is not None:
            short = example if len(example) <= _LONGEST else f"{example[: _LONGEST - 3]}..."
            self._examples.setdefault(key, short)

    def update(self, rows: Iterable[SkippedRow]) -> None:
        """Add what was skipped elsewhere."""
        for row in rows:
            self.add(row.source, row.reason, row.count, row.example)

    def rows(self) -> list[SkippedRow]:
        """Return what was skipped, by source and reason in the order of the alphabet."""
        return [
            SkippedRow(*key, count, self._examples.get(key))
            for key, count in sorted(self._counts.items())
        ]

    def __getitem__(self, key: tuple[str, str]) -> int:
        return self._counts.get(key, 0)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)
