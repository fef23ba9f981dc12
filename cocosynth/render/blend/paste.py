"""Hard edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2

from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_halo
from cocosynth.render.blend.mix import mix


@dataclass(frozen=True)
class Paste:
    """Put the object's pixels in place of the background's, with a hard edge.

    An object that has a matte keeps the soft edge of that.
    """

    keeps_matte: ClassVar[bool] = True

    @property
    def reach(self) -> int:
        return 0

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_halo(rgba)

    def weigh(self, alpha: Alpha) -> Alpha:
        return cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 255, cv2.THRESH_BINARY)[1]

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        mix(canvas, foreground, self.weigh(cv2.extractChannel(foreground, 3)))
