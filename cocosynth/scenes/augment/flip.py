"""Mirror left and right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Flip:
    """Mirror the instance left to right.

    Parameters
    ----------
    p : float
        Probability, from 0 to 1.
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        return np.array([[-1.0, 0, 0], [0, 1, 0], [0, 0, 1]]) if rng.random() < self.p else None
