"""Seen at an angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size

_SMALLEST = 8  # pixels: below, the fade at the edge of an object would count as much as the object


@dataclass(frozen=True)
class Perspective:
    """Bring one side of the instance nearer than the other, as if a flat picture were turned.

    It acts on the instance as it stands in its source, before the other steps wherever it stands
    among them, and so has the same strength at every scale.

    Parameters
    ----------
    x_range : tuple of float
        How much nearer the right edge comes, as a fraction of the distance of the viewer: at 0.1
        that edge is 1 / 0.9 times as large and the left edge 1 / 1.1 times; below 0 the left edge
        comes nearer. From -0.3 to 0.3.
    y_range : tuple of float
        The same for the lower edge, and below 0 for the upper one.
    p : float
        Probability, from 0 to 1.
    """

    acts_first: ClassVar[bool] = True

    x_range: Range = (-0.1, 0.1)
    y_range: Range = (-0.1, 0.1)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("x_range", self.x_range, low=-0.3, high=0.3)
        check_range("y_range", self.y_range, low=-0.3, high=0.3)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens = rng.random() < self.p
        x, y = uniform(rng, self.x_range), uniform(rng, self.y_range)
        height, width = max(size[0], _SMALLEST), max(size[1], _SMALLEST)
        nearer = np.array([[1, 0, 0], [0, 1, 0], [-2 * x / width, -2 * y / height, 1]])
        return nearer if happens else None
