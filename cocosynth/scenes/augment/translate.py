"""Move away from where the placement put it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Translate:
    """Move the instance from where the placement put it.

    Parameters
    ----------
    x_range, y_range : tuple of float
        Fractions of the canvas's width and height; right and down are positive. From
        -1 to 1.
    p : float
        Probability, from 0 to 1.
    """

    x_range: Range = (-1 / 3, 1 / 3)
    y_range: Range = (-1 / 3, 1 / 3)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("x_range", self.x_range, low=-1, high=1)
        check_range("y_range", self.y_range, low=-1, high=1)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens = rng.random() < self.p
        x, y = uniform(rng, self.x_range), uniform(rng, self.y_range)
        move = np.array([[1.0, 0, round(x * canvas[1])], [0, 1, round(y * canvas[0])], [0, 0, 1]])
        return move if happens else None
