"""Numbers of 64 bits that differ in a few of them, without comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
Rows = NDArray[np.int64]

_BAND = 16  # bits
_BLOCK = 1 << 21  # pairs compared at a time


def within(limit: int, queries: Numbers, numbers: Numbers) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Yield rows of queries and of numbers that differ in few bits, and in how many.

    Of the four bands of such a pair one differs in at most two bits, so only numbers with such a
    band are looked at: of a million, some ten thousand. A pair may come more than once.

    Parameters
    ----------
    limit : int
        The most bits, up to 11.
    queries, numbers : ndarray of uint64, shape (n,) and (m,)
    """
    for shift in range(0, 64, _BAND):
        mine, theirs = (_band(each, shift) for each in (queries, numbers))
        order = np.argsort(theirs, kind="stable")
        starts = np.searchsorted(theirs[order], np.arange((1 << _BAND) + 1))
        for flipped in _FLIPPED:
            keys = mine ^ flipped
            for rows, at in _ranges(starts[keys], starts[keys + 1]):
                near = order[at]
                distance = _bits(queries[rows] ^ numbers[near])
                kept = distance <= limit
                yield rows[kept], near[kept], distance[kept]


def _band(numbers: Numbers, shift: int) -> Rows:
    return ((numbers >> np.uint64(shift)) & np.uint64((1 << _BAND) - 1)).astype(np.int64)


_FLIPPED = [
    sum(1 << bit for bit in bits)
    for count in range(3)
    for bits in combinations(range(_BAND), count)
]
"""The changes of at most two bits of a band."""


def _ranges(start: Rows, stop: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield the row of its range, and itself, for each number in some ranges."""
    lengths = stop - start
    ends = np.cumsum(lengths)
    cuts = np.searchsorted(ends, np.arange(0, (ends[-1] if len(ends) else 0) + _BLOCK, _BLOCK))
    for low, high in zip(cuts, [*cuts[1:], len(lengths)], strict=True):
        own = lengths[low:high]
        if own.any():
            rows = np.repeat(np.arange(low, high), own)
            steps = np.arange(len(rows)) - np.repeat(np.cumsum(own) - own, own)
            yield rows, start[rows] + steps


_BYTES = np.arange(1 << 16, dtype=np.uint16).view(np.uint8).reshape(-1, 2)
_BITS = np.unpackbits(_BYTES, axis=1).sum(axis=1, dtype=np.int64)


def _bits(numbers: Numbers) -> Rows:
    """Count the bits of each number that are 1."""
    return _BITS[np.ascontiguousarray(numbers).view(np.uint16).reshape(-1, 4)].sum(axis=1)
