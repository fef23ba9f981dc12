"""Instances as they lie in the canvas: warped once, for planning and for rendering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.geometry import region_of, scale_at
from cocosynth.core.values import (
    ALPHA_THRESHOLD,
    MAX_PIXELS,
    Box,
    Mask,
    Matrix,
    Octagon,
    Placement,
    Rgba,
    Size,
)
from cocosynth.foregrounds.smooth_outline import ENLARGED, smooth_outline
from cocosynth.foregrounds.warp import warp

_SIDES = 4  # of the canvas: what is longer cannot fit, so it is not worth warping

_OPAQUE = np.uint32(ALPHA_THRESHOLD << 24)  # from here on as four bytes, of which alpha is the last

KEPT_BYTES = 64 << 20
"""Of warped pixels that are kept; what goes beyond is warped again, in the same way."""


@dataclass(frozen=True, eq=False)
class WarpedInstance:
    """A warped instance.

    Attributes
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
    mask : ndarray of bool, shape (h, w)
    area : int
        Pixels of the mask.
    matted : bool
        Its rim is soft, and what is fainter than its mask is the object's as well.
    """

    rgba: Rgba
    mask: Mask
    area: int
    matted: bool = False

    @cached_property
    def box(self) -> Box:
        """The tight box around the pixels of the mask; empty where it has none."""
        return box_of(self.mask) or Box(0, 0, 0, 0)


def is_too_large(size: Size, canvas: Size) -> bool:
    """Say whether a region is too large to be warped for a canvas."""
    sides = max(size[0] / canvas[0], size[1] / canvas[1])
    return sides > _SIDES or size[0] * size[1] > MAX_PIXELS


class Planned(NamedTuple):
    """How planning has warped an instance that it placed.

    Attributes
    ----------
    instance : int
    matrix : three rows of three floats
    region : Box
        What was warped by it.
    place : Box
        Where that lies in the canvas.
    blend : str
    """

    instance: int
    matrix: Matrix
    region: Box
    place: Box
    blend: str


class Warper:
    """Warps the instances of one image.

    Parameters
    ----------
    rgba_of : callable
        From the number of an instance and the name of a blend mode to its pixels.
    octagon_of : callable
        From the number of an instance to what holds its mask.
    is_matted : callable
        Says of the number of an instance whether it has a matte.
    room : int
        Bytes of warped pixels that are kept.

    Attributes
    ----------
    unreadable : dict of int to None
        The instances that were tried, but whose photo cannot be decoded.
    """

    def __init__(
        self,
        rgba_of: Callable[[int, str], Rgba],
        octagon_of: Callable[[int], Octagon],
        is_matted: Callable[[int], bool] = lambda number: False,
        *,
        room: int = KEPT_BYTES,
    ) -> None:
        self._rgba_of, self._octagon_of, self._is_matted = rgba_of, octagon_of, is_matted
        self._planned: list[tuple[Planned, WarpedInstance | None]] = []
        self._room = room
        self.unreadable: dict[int, None] = {}

    def warp(self, instance: int, matrix: Matrix, region: Box, blend: str) -> WarpedInstance:
        """Warp an instance; the region holds its mask once it is warped."""
        pixels = np.array(self._rgba_of(instance, blend))  # from disk in order, not as a warp jumps
        scale = scale_at((pixels.shape[1] / 2, pixels.shape[0] / 2), matrix)
        is_matted = self._is_matted(instance)
        if scale > ENLARGED and not is_matted:
            smooth = smooth_outline(cv2.extractChannel(pixels, 3), scale)
            cv2.insertChannel(smooth, pixels, 3)
        rgba = warp(pixels, matrix, region)
        mask = rgba.view("<u4")[..., 0] >= _OPAQUE
        return WarpedInstance(rgba, mask, int(np.count_nonzero(mask)), is_matted)

    def keep(self, planned: Planned, warped: WarpedInstance) -> None:
        """Keep what was warped for the next placement, to be rendered as the labels have it."""
        self._room -= warped.rgba.nbytes
        self._planned.append((planned, warped if self._room >= 0 else None))

    def reorder(self, order: Sequence[int]) -> None:
        """Bring what was kept into the order of the placements of the scene."""
        self._planned = [self._planned[number] for number in order]

    def of(self, number: int, placement: Placement) -> tuple[WarpedInstance, Box]:
        """Return the warped instance of a placement of the scene, and where it lies."""
        if number < len(self._planned):
            planned, warped = self._planned[number]
            return warped or self.warp(*planned[:3], planned.blend), planned.place
        region = region_of(self._octagon_of(placement.instance), placement.matrix)
        warped = self.warp(placement.instance, placement.matrix, region, placement.blend)
        return warped, region
