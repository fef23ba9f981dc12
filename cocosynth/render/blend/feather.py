"""Soft edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import ClassVar

import cv2
import numpy as np

from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_rim
from cocosynth.render.blend.mix import mix

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_KEPT = 0.6  # of the weight of a pixel at the tip of a corner
_SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True)
class Feather:
    """Let the object fade into the background at its edge, inwards.

    From its outline to `radius` pixels inside the object gains weight evenly; nothing outside of
    its mask changes. Colours that its old background left in its rim
    are replaced by those farther inside, so that no halo comes along. An object that has a matte
    keeps the soft edge of that.

    Parameters
    ----------
    radius : float
        How far the edge fades, in pixels of the canvas, from 0 to 100; 0 is a hard edge.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image, from 0 to
        100; 0 leaves the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)
    keeps_matte: ClassVar[bool] = True

    radius: float = 2.0
    rim: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.radius <= 100:
            raise ValueError(f"radius must lie in [0, 100], got {self.radius}")
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    @cached_property
    def _weights(self) -> Alpha:
        """The weight of the object, by depth."""
        return np.minimum(255, np.arange(256) * 255 / (self.radius + 1)).astype(np.uint8)

    @property
    def reach(self) -> int:
        return 0

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def weigh(self, alpha: Alpha) -> Alpha:
        _, mask = cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 1, cv2.THRESH_BINARY)
        layers = _layers(mask, math.ceil(self.radius) + 1)
        weight = cv2.LUT(reduce(np.add, layers), self._weights)
        if not self.radius:
            return weight
        _smooth(weight, layers)
        return cv2.min(weight, alpha)

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        mix(canvas, foreground, self.weigh(cv2.extractChannel(foreground, 3)))


def _layers(mask: Alpha, levels: int) -> list[Alpha]:
    """Return where a mask is at least 1, 2, and so on up to `levels` pixels deep; 1 where it is.

    Layers are peeled off by 4 and by 8 neighbours in turn: the octagonal distance of Rosenfeld and
    Pfaltz, "Distance functions on digital pictures" (1968). The border of the array is none of the
    mask's.
    """
    layers = [mask]
    for level in range(1, levels):
        layers.append(cv2.erode(layers[-1], _CROSS if level % 2 else _SQUARE))
    return layers


def _smooth(ramp: Alpha, layers: Sequence[Alpha]) -> None:
    """Take the stairs out of the weights, which come in whole pixels of depth; in place.

    A straight edge keeps its weights, the corners of a stair lose some. No pixel loses more than a
    fraction, and those of thin parts nothing.
    """
    mask, thick, core = layers[0], layers[1], layers[-1]
    soft = cv2.GaussianBlur(ramp, (3, 3), 0, borderType=cv2.BORDER_REPLICATE)
    soft = cv2.max(soft, cv2.convertScaleAbs(ramp, alpha=_KEPT))
    cv2.copyTo(soft, cv2.min(cv2.dilate(thick, _SQUARE), mask) - core, ramp)
