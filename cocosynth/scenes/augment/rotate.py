"""Turn in the image plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Rotate:
    """Turn the instance about its centre.

    Parameters
    ----------
    angle_range : tuple of float
        Degrees, counter-clockwise as seen; from -360 to 360.
    p : float
        Probability, from 0 to 1.
    """

    angle_range: Range = (-10.0, 10.0)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("angle_range", self.angle_range, low=-360, high=360)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens, angle = rng.random() < self.p, math.radians(uniform(rng, self.angle_range))
        cos, sin = math.cos(angle), math.sin(angle)
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        return turn if happens else None
