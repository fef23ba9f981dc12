"""Crisper edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image
from cocosynth.render.tones.blur import blurred
from cocosynth.render.tones.sight import Sight


@dataclass(frozen=True)
class Sharpen:
    """Add what a blur takes away (unsharp masking).

    Parameters
    ----------
    amount_range : tuple of float
        The part that is added, from 0 to 10; 0 keeps the image.
    sigma : float
        Standard deviation of the blur, in pixels of the canvas, from 0 to 50; 0 keeps the image.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    amount_range: Range = (0.0, 0.8)
    sigma: float = 1.0
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("amount_range", self.amount_range, low=0, high=10)
        check_range("sigma", (self.sigma, self.sigma), low=0, high=50)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, amount = rng.random() < self.p, uniform(rng, self.amount_range)
        return {"amount": amount, "sigma": self.sigma} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        amount, soft = values["amount"], blurred(image, values["sigma"])
        crisp: Image = cv2.addWeighted(image, 1 + amount, soft, -amount, 0)
        return crisp
