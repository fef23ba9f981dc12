"""Brighter or darker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image


@dataclass(frozen=True)
class Brightness:
    """Multiply all colours by a factor.

    Parameters
    ----------
    factor_range : tuple of float
        1 keeps the colours, 0 is black; what becomes brighter than white is white. From 0 to 10.
    p : float
        Probability, from 0 to 1.
    """

    factor_range: Range = (0.8, 1.2)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("factor_range", self.factor_range, low=0, high=10)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, factor = rng.random() < self.p, uniform(rng, self.factor_range)
        return {"factor": factor} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        brightened: Image = cv2.convertScaleAbs(image, alpha=values["factor"])
        return brightened
