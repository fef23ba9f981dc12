"""Whole numbers in given proportions, whose sum is exact.

Each part is its exact share, rounded up or down: by systematic sampling, one start for all (Madow
and Madow, "On the theory of systematic sampling", 1944), so that over all starts every part has its
share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_FINE = 1 << 50
_GOLDEN = (5**0.5 - 1) / 2
_NEAR = 32  # steps looked at on both sides of the golden section


def _unevenness(step: int, whole: int) -> int:
    """Add up the quotients of the continued fraction: the less, the more even every beginning."""
    total = 0
    while step:
        total += whole // step
        whole, step = step, whole % step
    return total


@dataclass(frozen=True)
class Proportions:
    """Parts of a whole: which part each thing falls to, one thing after the other.

    Thing i falls to the part that holds the place (step * i + start) modulo the whole. The step has
    no divisor in common with the whole, so that all places come once: as many things as the whole
    have exactly these parts. It is near the golden section of it, which spreads every beginning
    evenly (Kuipers and Niederreiter, "Uniform Distribution of Sequences", 1974).

    Attributes
    ----------
    ends : tuple of int
        The sums of the first parts, the first 1, 2 and so on.
    whole : int
        The last of them.
    start : int
        From 0 to below `whole`.

    Examples
    --------
    >>> parts = Proportions.counted([1, 2, 3], 0.5)
    >>> parts.first(3), parts.first(6)
    ([1, 2, 0], [1, 2, 3])
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
        return cls(tuple(ends), ends[-1], int(start * max(0, ends[-1] - 1)))

    def first(self, count: int) -> list[int]:
        """Return how many of the first so many things fall to each part."""
        if not self.whole:
            return [0] * len(self.ends)
        known = {0: 0, self.whole: count}
        all_of_it = _floor_sum(count, self.whole, self._step, self.start)
        for end in self.ends:
            if end not in known:  # that many places are below `end`
                rest = self.start + self.whole - end
                known[end] = all_of_it - _floor_sum(count, self.whole, self._step, rest) + count
        places = [known[end] for end in self.ends]
        return [place - before for place, before in zip(places, [0, *places], strict=False)]

    @cached_property
    def _step(self) -> int:
        golden = max(1, round(self.whole * _GOLDEN))
        near = range(max(1, golden - _NEAR), min(self.whole, golden + _NEAR) + 1)
        steps = [step for step in near if math.gcd(step, self.whole) == 1]
        return min(steps, key=lambda step: (_unevenness(step, self.whole), abs(step - golden)))


def _floor_sum(count: int, modulus: int, step: int, start: int) -> int:
    """Return the sum of (step * i + start) // modulus for the i below a count, as Euclid would.

    Examples
    --------
    >>> _floor_sum(4, 10, 6, 3) == sum((6 * i + 3) // 10 for i in range(4))
    True
    """
    total = 0
    while count > 0:
        total += (count - 1) * count // 2 * (step // modulus) + count * (start // modulus)
        step, start = step % modulus, start % modulus
        last = step * count + start
        count, start = divmod(last, modulus)
        modulus, step = step, modulus
        if not modulus:
            break
    return total


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
