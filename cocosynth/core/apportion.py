"""Whole numbers in given proportions, whose sum is exact.

Each part is its exact share, rounded up or down: by systematic sampling, one start for all (Madow
and Madow, "On the theory of systematic sampling", 1944), so that over all starts every part has its
share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FINE = 1 << 50


@dataclass(frozen=True)
class Proportions:
    """Parts of a whole, of which the parts of any beginning can be told, each off by less than 1.

    Attributes
    ----------
    ends : tuple of int
        The sums of the first parts, the first 1, 2 and so on.
    whole : int
        The last of them; that many things have exactly these parts.
    start : int
        From 0 to below `whole`: which parts are rounded up.

    Examples
    --------
    >>> thirds = Proportions.of([1, 1, 1], 0.5)
    >>> thirds.first(10), thirds.first(11)
    ([3, 4, 3], [4, 3, 4])
    """

    ends: tuple[int, ...]
    whole: int
    start: int

    @classmethod
    def of(cls, weights: Sequence[float], start: float) -> Proportions:
        """Make proportions of weights, which go on for ever."""
        sums = np.cumsum(np.asarray(weights, dtype=np.float64))
        ends = [round(float(end) / float(sums[-1]) * _FINE) for end in sums]
        return cls(tuple(ends), _FINE, int(start * (_FINE - 1)))

    @classmethod
    def counted(cls, parts: Sequence[int], start: float) -> Proportions:
        """Make proportions of parts that are met exactly by as many things as they add up to."""
        ends = np.cumsum(np.asarray(parts, dtype=np.int64)).tolist()
        return cls(tuple(ends), ends[-1], int(start * (ends[-1] - 1)))

    def first(self, count: int) -> list[int]:
        """Return the parts of the first so many things."""
        if not self.whole:
            return [0] * len(self.ends)
        places = [(count * end + self.start) // self.whole for end in self.ends]
        return [place - before for place, before in zip(places, [0, *places], strict=False)]


def apportioned(total: int, weights: Sequence[float], start: float = 0.5) -> list[int]:
    """Divide a number by weights; each part is off by less than 1.

    Parameters
    ----------
    total : int
    weights : sequence of float
        0 or more; where all are 0, so are the parts.
    start : float
        From 0 to 1: which parts are rounded up.

    Examples
    --------
    >>> apportioned(10, [1, 1, 1])
    [3, 4, 3]
    >>> apportioned(10, [0, 0])
    [0, 0]
    """
    shares = np.asarray(weights, dtype=np.float64)
    if total <= 0 or not shares.sum():
        return [0] * len(shares)
    return _rounded(total, total * shares / shares.sum(), start)


def leveled(
    total: int, weights: Sequence[float], filled: Sequence[int], start: float = 0.5
) -> list[int]:
    """Add a number to parts, so that they stand in the proportions of weights as far as possible.

    What is filled more than its share gets nothing.

    Examples
    --------
    >>> leveled(10, [1, 1, 1], [9, 0, 0])
    [0, 5, 5]
    >>> leveled(10, [1, 1], [4, 0])
    [3, 7]
    """
    shares, there = np.asarray(weights, dtype=np.float64), np.asarray(filled, dtype=np.float64)
    used = shares > 0
    if total <= 0 or not used.any():
        return [0] * len(shares)
    while True:  # each time at least one part is found to be full
        level = (total + there[used].sum()) / shares[used].sum()
        full = used & (level * shares < there)
        if not full.any():
            return _rounded(total, np.where(used, level * shares - there, 0), start)
        used &= ~full


def _rounded(total: int, exact: NDArray[np.float64], start: float) -> list[int]:
    ends = np.round(np.cumsum(exact), 6)
    ends[-1] = total
    places = np.floor(ends + min(start, 0.999)).astype(np.int64)
    parts: list[int] = np.diff(places, prepend=0).tolist()
    return parts
