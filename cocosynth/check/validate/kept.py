"""What is kept of every record of a table, in as little memory as that takes."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import overload


class RowsOfIds:
    """The row of each id; it takes no memory as long as ids and rows count up one by one.

    That is how every build numbers its images, and most programs do.

    Examples
    --------
    >>> rows = RowsOfIds()
    >>> [rows.setdefault(each, row) for row, each in enumerate([7, 8, 9])]
    [0, 1, 2]
    >>> 9 in rows, rows.get(9), rows.get(10)
    (True, 2, None)
    """

    def __init__(self) -> None:
        self._first, self._row, self._count = 0, 0, 0
        self._others: dict[float, int] | None = None  # all of them, once they do not count up

    def __contains__(self, identifier: object) -> bool:
        return isinstance(identifier, (int, float)) and self.get(identifier) is not None

    @overload
    def get(self, identifier: float) -> int | None: ...
    @overload
    def get(self, identifier: float, default: int) -> int: ...
    def get(self, identifier: float, default: int | None = None) -> int | None:
        if self._others is not None:
            return self._others.get(identifier, default)
        step = identifier - self._first
        known = 0 <= step < self._count and step == int(step)  # an id may be written as 1.0
        return self._row + int(step) if known else default

    def __getitem__(self, identifier: int) -> int:
        row = self.get(identifier)
        if row is None:
            raise KeyError(identifier)
        return row

    def setdefault(self, identifier: int, row: int) -> int:
        known = self.get(identifier)
        if known is not None:
            return known
        if self._others is None:
            if not self._count:
                self._first, self._row = identifier, row
            if identifier - self._first == self._count == row - self._row:
                self._count += 1
                return row
            self._others = {self._first + n: self._row + n for n in range(self._count)}
        return self._others.setdefault(identifier, row)


class Texts(Sequence[str]):
    """Many short texts one after the other, each made again when it is asked for.

    Examples
    --------
    >>> names = Texts()
    >>> for name in ("a.jpg", "é.jpg"):
    ...     names.append(name)
    >>> names[1], len(names), list(names)
    ('é.jpg', 2, ['a.jpg', 'é.jpg'])
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("q", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> list[str]: ...
    def __getitem__(self, position: int | slice) -> str | list[str]:
        if isinstance(position, slice):
            return [self[row] for row in range(len(self))[position]]
        row = range(len(self))[position]
        return self._text(self._ends[row], self._ends[row + 1])

    def __iter__(self) -> Iterator[str]:
        return (self._text(*ends) for ends in pairwise(self._ends))

    def _text(self, start: int, stop: int) -> str:
        return self._bytes[start:stop].decode("utf-8", "surrogatepass")
