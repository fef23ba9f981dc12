"""Soft edges on both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import cv2

from cocosynth.core.values import ALPHA_THRESHOLD, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_rim
from cocosynth.render.blend.mix import mix


@dataclass(frozen=True)
class Gaussian:
    """Blur the object's outline: it fades outwards as far as inwards.

    The weight of the object is its mask, blurred by a Gaussian. Dwibedi, Misra and Hebert, "Cut,
    Paste and Learn" (ICCV 2017), found that it trains better than hard edges.

    Parameters
    ----------
    sigma : float
        Of the Gaussian, in pixels of the canvas, from 0 to 30; the edge is about four times as
        wide, and hard at 0.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image, from 0 to
        100; 0 leaves the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)

    sigma: float = 1.0
    rim: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.sigma <= 30:
            raise ValueError(f"sigma must lie in [0, 30], got {self.sigma}")
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    @property
    def reach(self) -> int:
        return math.ceil(2.5 * self.sigma)  # beyond it the weight is below 1 of 100

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        alpha = cv2.extractChannel(foreground, 3)
        _, mask = cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 255, cv2.THRESH_BINARY)
        width = 2 * self.reach + 1
        weight = cv2.GaussianBlur(mask, (width, width), self.sigma, borderType=cv2.BORDER_REPLICATE)
        mix(canvas, foreground, weight)
