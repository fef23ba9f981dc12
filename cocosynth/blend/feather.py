"""Soft edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cocosynth.blend.mix import mix
from cocosynth.fringe import without_rim
from cocosynth.structures import ALPHA_THRESHOLD, Alpha, Image, Rgba


@dataclass(frozen=True)
class Feather:
    """Let the object fade into the background at its edge, inwards.

    Nothing outside of the object's mask changes. Colours that its old background left in its rim
    are replaced by those farther inside, so that no halo comes along.

    Parameters
    ----------
    radius : float
        How far the edge fades, in pixels of the canvas.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image; 0 leaves
        the object's colours alone.
    """

    radius: float = 2.0
    rim: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.radius <= 100:
            raise ValueError(f"radius must lie in (0, 100], got {self.radius}")
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def __call__(self, background: Image, foreground: Image, alpha: Alpha) -> Image:
        blurred = cv2.GaussianBlur(alpha, (0, 0), self.radius / 2, borderType=cv2.BORDER_REPLICATE)
        weight = np.where(alpha >= ALPHA_THRESHOLD, np.minimum(alpha, blurred), np.uint8(0))
        return mix(background, foreground, weight)
