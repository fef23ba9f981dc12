"""Brighter or darker in the middle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image
from cocosynth.render.tones.curve import through_curve


@dataclass(frozen=True)
class Gamma:
    """Raise all colours, as fractions of white, to a power; black and white stay.

    Parameters
    ----------
    gamma_range : tuple of float
        1 keeps the colours, below 1 they become brighter, above 1 darker; one half is as likely as
        2. From 0.1 to 10.
    p : float
        Probability, from 0 to 1.
    """

    gamma_range: Range = (0.8, 1.25)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("gamma_range", self.gamma_range, low=0.1, high=10)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        low, high = self.gamma_range
        happens, gamma = rng.random() < self.p, uniform(rng, (math.log(low), math.log(high)))
        return {"gamma": min(max(math.exp(gamma), low), high)} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        return through_curve(image, 255 * (np.arange(256) / 255) ** values["gamma"])
