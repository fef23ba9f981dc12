"""Soft edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from cocosynth.blend.mix import mix
from cocosynth.fringe import without_rim
from cocosynth.structures import ALPHA_THRESHOLD, Alpha, Image, Rgba


@dataclass(frozen=True)
class Feather:
    """Let the object fade into the background at its edge, inwards.

    From its outline to `radius` pixels inside the object gains weight evenly; nothing outside of
    its mask changes. Colours that its old background left in its rim
    are replaced by those farther inside, so that no halo comes along.

    Parameters
    ----------
    radius : float
        How far the edge fades, in pixels of the canvas.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image; 0 leaves
        the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)

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
        mask = (alpha >= ALPHA_THRESHOLD).view(np.uint8)
        depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)  # 1 at the outermost pixels
        ramp = cv2.convertScaleAbs(depth, alpha=255 / (self.radius + 1))  # stops at 255
        return mix(background, foreground, cv2.min(ramp, alpha))
