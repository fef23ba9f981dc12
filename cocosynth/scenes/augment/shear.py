"""Lean to a side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Shear:
    """Shear the instance about its centre; its area stays.

    Parameters
    ----------
    x_range : tuple of float
        Degrees by which upright lines lean to the right, from -45 to 45.
    y_range : tuple of float
        Degrees by which level lines rise to the right, from -45 to 45; applied first.
    p : float
        Probability, from 0 to 1.
    """

    x_range: Range = (-10.0, 10.0)
    y_range: Range = (0.0, 0.0)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("x_range", self.x_range, low=-45, high=45)
        check_range("y_range", self.y_range, low=-45, high=45)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens = rng.random() < self.p
        x, y = (math.tan(math.radians(uniform(rng, r))) for r in (self.x_range, self.y_range))
        sideways = np.array([[1, -x, 0], [0, 1, 0], [0, 0, 1]])
        upwards = np.array([[1, 0, 0], [-y, 1, 0], [0, 0, 1]])
        return sideways @ upwards if happens else None
