"""Turn by right angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Homography, Size

_TURN = np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]])


@dataclass(frozen=True)
class QuarterTurn:
    """Turn the instance by 90, 180 or 270 degrees; no pixel is resampled.

    With the defaults the four directions are equally likely.

    Parameters
    ----------
    turns : tuple of int
        The quarter turns to choose from, counter-clockwise as seen: 1, 2 or 3, each as likely as
        the others.
    p : float
        Probability, from 0 to 1.
    """

    turns: tuple[int, ...] = (1, 2, 3)
    p: float = 0.75

    def __post_init__(self) -> None:
        if not self.turns or not set(self.turns) <= {1, 2, 3}:
            raise ValueError(f"turns must be some of 1, 2 and 3, got {list(self.turns)}")
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        happens, turns = rng.random() < self.p, self.turns[int(rng.random() * len(self.turns))]
        return np.linalg.matrix_power(_TURN, turns) if happens else None
