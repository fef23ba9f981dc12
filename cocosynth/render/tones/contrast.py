"""Farther from grey, or nearer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image
from cocosynth.render.tones.curve import through_curve
from cocosynth.render.tones.sight import Sight


@dataclass(frozen=True)
class Contrast:
    """Multiply the distance of all colours from the mean grey level.

    Parameters
    ----------
    factor_range : tuple of float
        1 keeps the colours, 0 makes all of them the mean. From 0 to 10.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "all"

    factor_range: Range = (0.8, 1.2)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("factor_range", self.factor_range, low=0, high=10)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, factor = rng.random() < self.p, uniform(rng, self.factor_range)
        return {"factor": factor} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        mean = cv2.mean(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[0]
        return through_curve(image, mean + values["factor"] * (np.arange(256) - mean))
