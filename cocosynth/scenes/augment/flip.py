"""Mirror left and right, or top and bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Homography, Size


@dataclass(frozen=True)
class Flip:
    """Mirror the instance; no pixel is resampled.

    For both directions, each by its own chance, name it twice.

    Parameters
    ----------
    direction : str
        horizontal: left and right change places; vertical: top and bottom do.
    p : float
        Probability, from 0 to 1.
    """

    direction: Literal["horizontal", "vertical"] = "horizontal"
    p: float = 0.5

    def __post_init__(self) -> None:
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        if rng.random() >= self.p:
            return None
        across, down = (-1.0, 1.0) if self.direction == "horizontal" else (1.0, -1.0)
        return np.array([[across, 0, 0], [0, down, 0], [0, 0, 1]])
