"""Which images of a dataset a person should look at first."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import combinations
from typing import Protocol

_COMPARED = 60  # objects of an image whose overlap is measured; the largest


class Boxed(Protocol):
    """What has a box, `[x, y, width, height]`, or none."""

    @property
    def bbox(self) -> tuple[float, float, float, float] | None: ...


class Worst(str, Enum):
    """What is looked for: objects that overlap, a small object, or many objects."""

    overlap = "overlap"
    small = "small"
    crowded = "crowded"

    def rank(self, annotations: Sequence[Boxed]) -> float:
        """Return how bad an image is; more is worse."""
        boxes = [annotation.bbox for annotation in annotations if annotation.bbox is not None]
        if self is Worst.crowded:
            return len(annotations)
        if self is Worst.small:
            return -min((box[2] * box[3] for box in boxes), default=float("inf"))
        largest = sorted(boxes, key=lambda box: -box[2] * box[3])[:_COMPARED]
        return max((_overlap(*pair) for pair in combinations(largest, 2)), default=0.0)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return how much of the smaller box the other one covers.

    Examples
    --------
    >>> _overlap((0, 0, 4, 4), (2, 0, 2, 2))
    1.0
    >>> _overlap((0, 0, 4, 4), (3, 0, 2, 4))
    0.5
    """
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    smaller = min(one[2] * one[3], other[2] * other[3])
    return wide * tall / smaller if wide > 0 and tall > 0 and smaller > 0 else 0.0
