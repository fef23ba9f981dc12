"""Make an instance as large as its class of size wants it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from cocosynth.core.geometry import quantized, scale_at, translation
from cocosynth.core.values import Homography, Size
from cocosynth.labels.options import Limits
from cocosynth.scenes.sampling.decks import EDGE
from cocosynth.scenes.sampling.options import AREAS, SizeClass

LARGEST = 0.5
"""Of the canvas: what is larger leaves no place."""


class Areas(NamedTuple):
    """From how many to how many pixels an object may have.

    Attributes
    ----------
    low, high : float
        Of the class; an object has fewer than `high`.
    most : float
        That this instance can have, enlarged as far as it may be.
    """

    low: float
    high: float
    most: float

    def holds(self, area: int) -> bool:
        return self.low <= area < self.high

    def resized(self, change: Homography, area: int, rng: np.random.Generator) -> Homography:
        """Scale a change about the place of the centre, so that the area lies in the class.

        Each size is as likely as its double.
        """
        low = self.low * EDGE**2
        high = max(low, min(self.high / EDGE**2, self.most))
        target = low * (high / low) ** rng.random()
        scale = math.sqrt(target / area) / scale_at((0, 0), quantized(change))
        x, y = change[0, 2], change[1, 2]
        about = translation(x, y) @ np.diag([scale, scale, 1.0]) @ translation(-x, -y)
        larger: Homography = about @ change
        return larger


def smaller_sizes(size: SizeClass | None) -> list[SizeClass | None]:
    """Return the sizes to try where an object does not fit in one, the largest first.

    Examples
    --------
    >>> smaller_sizes("large"), smaller_sizes("small"), smaller_sizes(None)
    (['medium', 'small'], ['small'], [None])
    """
    if size is None:
        return [None]
    below: list[SizeClass | None] = [name for name in AREAS if AREAS[name][0] < AREAS[size][0]]
    return below[::-1] or [size]


def areas_of(size: SizeClass, area: int, canvas: Size, limits: Limits) -> Areas:
    """Return the areas of a class of size, for an instance of so many pixels."""
    low, high = AREAS[size]
    most = LARGEST * canvas[0] * canvas[1]
    return Areas(
        max(low, limits.min_area), most if high is None else high, area * limits.max_upscale**2
    )
