"""Soft edges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_rim
from cocosynth.render.blend.mix import mix

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_BLURS = (1.0, 2.0)  # pixels, the least and the most: a blurred mask has no stairs
_THIN = 2 / 3  # of its layers is how deep a part counts that a blur would take away
_SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


@dataclass(frozen=True)
class Feather:
    """Let the object fade into the background at its edge, inwards.

    From its outline to `radius` pixels inside the object gains weight evenly; nothing outside of
    its mask changes. The outline is taken as smooth, where the pixels of a mask form stairs; parts
    of one or two pixels stay. Colours that its old background left in its rim are replaced by those
    farther inside, so that no halo comes along. An object that has a matte keeps the soft edge of
    that.

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

    @property
    def _sigma(self) -> float:
        """Of the Gaussian that blurs the mask; twice as deep, its value tells the depth."""
        return min(max(self.radius / 2, _BLURS[0]), _BLURS[1])

    def _blurred(self, mask: Alpha) -> Alpha:
        size = 2 * math.ceil(2 * self._sigma) + 1
        soft = cv2.GaussianBlur(mask, (size, size), self._sigma, borderType=cv2.BORDER_REPLICATE)
        return soft.reshape(mask.shape)

    @cached_property
    def _outer(self) -> Alpha:
        """The weight of the object by its blurred mask, as deep as that can tell."""
        depths = np.arange(-10, 10) + 0.5
        values, first = np.unique(self._blurred((depths > 0) * np.uint8(255)), return_index=True)
        told = np.interp(np.arange(256), values, depths[first])
        return self._weight(np.clip(told, 0.25, 2 * self._sigma))

    @cached_property
    def _inner(self) -> Alpha:
        """The weight of the object by layers of pixels, where it is deeper than a blur can tell."""
        depths = np.arange(256) - 0.5
        return self._weight(np.where(depths > 2 * self._sigma, depths, 0))

    @cached_property
    def _kept(self) -> Alpha:
        """The weight by layers of parts so thin that a blur would take them away."""
        return self._weight(np.arange(256) * _THIN)

    def _weight(self, depths: NDArray[np.floating[Any]]) -> Alpha:
        weights: Alpha = np.rint(255 * np.clip(depths / self.radius, 0, 1)).astype(np.uint8)
        return weights

    @property
    def reach(self) -> int:
        return 0

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def weigh(self, alpha: Alpha) -> Alpha:
        _, mask = cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 255, cv2.THRESH_BINARY)
        if not self.radius:
            return mask
        weight = cv2.LUT(self._blurred(mask), self._outer)
        thin = _thin(mask, math.ceil(self._sigma))
        if self._sigma == _BLURS[0]:
            thin = cv2.convertScaleAbs(thin, alpha=float(self._kept[1]) / 255)
        else:
            depths = _depths(mask, math.ceil(self.radius) + 1)
            thin = cv2.bitwise_and(thin, cv2.LUT(depths, self._kept))
            inner = cv2.LUT(depths, self._inner)
            weight = cv2.max(weight, inner)
            if self.radius > 2 * self._sigma:
                weight = cv2.blur(weight, (3, 3), borderType=cv2.BORDER_REPLICATE)
        return cv2.min(cv2.max(weight, thin), cv2.min(alpha, mask))

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        mix(canvas, foreground, self.weigh(cv2.extractChannel(foreground, 3)))


def _depths(mask: Alpha, levels: int) -> Alpha:
    """Count how many pixels deep a mask is, up to `levels`; 1 at its outline.

    Layers are peeled off by 4 and by 8 neighbours in turn: the octagonal distance of Rosenfeld and
    Pfaltz, "Distance functions on digital pictures" (1968). The border of the array is none of the
    mask's.
    """
    _, layer = cv2.threshold(mask, 0, 1, cv2.THRESH_BINARY)
    depths: Alpha = layer.copy()
    for level in range(1, levels):
        layer = cv2.erode(layer, _CROSS if level % 2 else _SQUARE)
        depths += layer
    return depths


def _thin(mask: Alpha, width: int) -> Alpha:
    """Return 255 where a mask is gone once so many layers are peeled off."""
    core: Alpha = mask
    for level in range(width):
        core = cv2.erode(core, _SQUARE if level % 2 else _CROSS)
    return cv2.bitwise_and(mask, cv2.bitwise_not(cv2.dilate(core, _SQUARE, iterations=width)))
