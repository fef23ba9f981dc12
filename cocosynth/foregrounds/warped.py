"""Instances as they lie in the canvas: warped once, for planning and for rendering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from cocosynth.core.geometry import region_of
from cocosynth.core.values import ALPHA_THRESHOLD, Box, Mask, Matrix, Outline, Placement, Rgba
from cocosynth.foregrounds.warp import warp

KEPT_BYTES = 64 << 20
"""Of warped pixels that are kept; what goes beyond is warped again, in the same way."""


@dataclass(frozen=True, eq=False)
class Foreground:
    """A warped instance.

    Attributes
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
    mask : ndarray of bool, shape (h, w)
    area : int
        Pixels of the mask.
    """

    rgba: Rgba
    mask: Mask
    area: int


class Warper:
    """Warps the instances of one image.

    Parameters
    ----------
    rgba_of : callable
        From the number of an instance to its pixels.
    outline_of : callable
        From the number of an instance to what holds its mask.
    """

    def __init__(
        self, rgba_of: Callable[[int], Rgba], outline_of: Callable[[int], Outline]
    ) -> None:
        self._rgba_of, self._outline_of = rgba_of, outline_of
        self._planned: dict[Placement, tuple[Matrix, Box, Box, Foreground | None]] = {}
        self._room = KEPT_BYTES

    def warp(self, instance: int, matrix: Matrix, region: Box) -> Foreground:
        """Warp an instance; the region holds its mask once it is warped."""
        pixels = np.array(self._rgba_of(instance))  # from disk in order, not as warping jumps about
        rgba = warp(pixels, matrix, region)
        mask = cv2.extractChannel(rgba, 3) >= ALPHA_THRESHOLD
        return Foreground(rgba, mask, int(np.count_nonzero(mask)))

    def keep(
        self, placement: Placement, foreground: Foreground, matrix: Matrix, region: Box, place: Box
    ) -> None:
        """Keep what was warped for planning, to be rendered as the labels have it.

        Parameters
        ----------
        placement : Placement
        foreground : Foreground
        matrix, region
            What it was warped by.
        place : Box
            Where it lies in the canvas.
        """
        self._room -= foreground.rgba.nbytes
        kept = foreground if self._room >= 0 else None
        self._planned[placement] = matrix, region, place, kept

    def of(self, placement: Placement) -> tuple[Foreground, Box]:
        """Return the foreground of a placement, and where it lies in the canvas."""
        if placement in self._planned:
            matrix, region, place, foreground = self._planned[placement]
            return foreground or self.warp(placement.instance, matrix, region), place
        region = region_of(self._outline_of(placement.instance), placement.matrix)
        return self.warp(placement.instance, placement.matrix, region), region
