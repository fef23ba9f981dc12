"""Out of focus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image
from cocosynth.render.tones.sight import Sight

_SHARP = 0.1  # pixels: with a smaller sigma no neighbour weighs anything


@dataclass(frozen=True)
class Blur:
    """Blur by a Gaussian.

    Parameters
    ----------
    sigma_range : tuple of float
        Standard deviation in pixels of the canvas, from 0 to 50; 0 keeps the image.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    sigma_range: Range = (0.0, 1.5)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("sigma_range", self.sigma_range, low=0, high=50)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, sigma = rng.random() < self.p, uniform(rng, self.sigma_range)
        return {"sigma": sigma} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        return blurred(image, values["sigma"])


def blurred(image: Image, sigma: float) -> Image:
    """Blur an image that goes on beyond its border in the colours of the border."""
    if sigma < _SHARP:
        return image.copy()
    soft: Image = cv2.GaussianBlur(image, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return soft
