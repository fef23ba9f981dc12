"""Hard edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.blend.mix import mix
from cocosynth.fringe import without_halo
from cocosynth.structures import ALPHA_THRESHOLD, Alpha, Image, Rgba


@dataclass(frozen=True)
class Paste:
    """Put the object's pixels in place of the background's, with a hard edge."""

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_halo(rgba)

    def __call__(self, background: Image, foreground: Image, alpha: Alpha) -> Image:
        weight = np.where(alpha >= ALPHA_THRESHOLD, np.uint8(255), np.uint8(0))
        return mix(background, foreground, weight)
