"""An instance about to be placed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.values import Box, Mask, Size
from cocosynth.scenes.placement.stance import Stance

Side = Literal["top", "left", "bottom", "right"]


@dataclass(frozen=True, eq=False)
class Candidate:
    """The mask of an augmented instance, and what is known of where it came from.

    Attributes
    ----------
    mask : ndarray of bool, shape (h, w)
    area : int
        Pixels of the mask.
    category_id : int
    cuts : tuple of (side, float)
        The sides along which the border of its source image cut the instance, and how far into
        the mask, in pixels, the cut reaches: the row (top, bottom) or column (left, right) that
        must not lie inside of the canvas if the cut is not to be seen.
    home : tuple of float
        The row and column of its centre in its source image, as fractions of that image's size.
    photo : int
        The number of its source image; `Background.photo` is one, too. -1 where nobody knows it.
    stance : Stance, optional
        What the placement's own `stand` has answered.
    tight : Box, optional
        The box around the pixels of the mask, where it has been measured.
    """

    mask: Mask
    area: int
    category_id: int = 0
    cuts: tuple[tuple[Side, float], ...] = ()
    home: tuple[float, float] = (0.5, 0.5)
    photo: int = -1
    stance: Stance | None = None
    tight: Box | None = None

    @property
    def box(self) -> Box:
        """The tight box around the pixels of the mask."""
        return self.tight or self._measured

    @cached_property
    def _measured(self) -> Box:
        return box_of(self.mask) or Box(0, 0, *self.mask.shape)

    @cached_property
    def foot(self) -> tuple[int, int]:
        """The row and column of the pixel in the middle of the lowest row of the mask."""
        row = self.box.bottom - 1
        cols = np.flatnonzero(self.mask[row])
        return row, int(cols[len(cols) // 2]) if len(cols) else self.mask.shape[1] // 2

    @property
    def centre(self) -> tuple[int, int]:
        """The row and column of the pixel in the middle of the box."""
        return self.box.centre

    def limits(self, canvas: Size, max_truncation: float) -> tuple[int, int, int, int] | None:
        """Return the first and last row and column that truncate no more than allowed.

        Each side is taken alone: two of them together, as at a corner, may still cut too much.

        Returns
        -------
        tuple of int or None
            First row, last row, first column, last column; None where the canvas is too small.
        """
        spans = []
        allowed = max_truncation * self.area
        mask = self.mask.view(np.uint8)
        for axis in (0, 1):
            counts = cv2.reduce(mask, 1 - axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S)
            lines = counts.ravel().cumsum()
            before = int(lines.searchsorted(allowed, side="right"))
            after = int(lines.searchsorted(self.area - allowed, side="left")) + 1
            spans.append((-before, canvas[axis] - after))
        (top, bottom), (left, right) = spans
        return (top, bottom, left, right) if top <= bottom and left <= right else None

    def flush(self, canvas: Size, row: int, col: int) -> tuple[int, int]:
        """Move a place so that the cuts lie on the borders of the canvas."""
        for side, reach in self.cuts:
            if side == "top":
                row = -math.ceil(reach)
            elif side == "left":
                col = -math.ceil(reach)
            elif side == "bottom":
                row = canvas[0] - math.floor(reach)
            else:
                col = canvas[1] - math.floor(reach)
        return row, col
