"""Mirror left and right, or top and bottom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Size
from cocosynth.scenes.background_augment.view import View


@dataclass(frozen=True)
class Flip:
    """Mirror the background with its annotations; left and right keypoints change places.

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

    def sample(self, rng: np.random.Generator, *, photo: Size, canvas: Size) -> View | None:
        if rng.random() >= self.p:
            return None
        across = self.direction == "horizontal"
        return View(across=across, down=not across)
