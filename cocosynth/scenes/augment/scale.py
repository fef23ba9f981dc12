"""Make larger or smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Scale:
    """Scale the instance about its centre, the same in both directions.

    Parameters
    ----------
    factor_range : tuple of float, optional
        Relative to its size in the source; 1 keeps it. From 0.001 to 1000.
    canvas_range : tuple of float, optional
        Relative to the canvas: 1 is the scale at which the upright instance just fits into it.
        From 0.001 to 1000. Give one of the two ranges; with none, `factor_range` is [0.8, 1.2].
    p : float
        Probability, from 0 to 1.
    """

    factor_range: Range | None = None
    canvas_range: Range | None = None
    p: float = 1.0

    def __post_init__(self) -> None:
        if self.factor_range and self.canvas_range:
            raise ValueError("give factor_range or canvas_range, not both")
        for name in ("factor_range", "canvas_range"):
            if range_ := getattr(self, name):
                check_range(name, range_, low=1e-3, high=1e3)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens = rng.random() < self.p
        factor = uniform(rng, self.canvas_range or self.factor_range or (0.8, 1.2))
        if self.canvas_range:
            factor *= min(canvas[0] / size[0], canvas[1] / size[1])
        return np.array([[factor, 0, 0], [0, factor, 0], [0, 0, 1]]) if happens else None
