"""The numbers of all annotations, a column for each: what rules look at many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

quietly = np.errstate(over="ignore", invalid="ignore", divide="ignore")
"""Numbers of a file may be anything, and NaN stands for what is not known."""

POLYGONS, RLE = 1, 2
"""Kinds of segmentations; 0 is none."""


@dataclass(eq=False)
class Columns:
    """A row for each annotation that passes the schema, in the order of the file.

    Attributes
    ----------
    position : ndarray of int64
        In the file's table of annotations.
    ids : ndarray of int64
    image, category : ndarray of int64
        Rows in `Tables`, -1 where they are not listed.
    boxes : ndarray, shape (n, 4)
        As written.
    area : ndarray
    crowd : ndarray of bool
    kind : ndarray of int64
        0, `POLYGONS` or `RLE`.
    parts : ndarray of int64
        How many polygons; 1 for an RLE.
    sound : ndarray of bool
        Whether the segmentation gives a mask, as far as its numbers say.
    extent : ndarray, shape (n, 4)
        Left, top, right, bottom of the segmentation, by points or runs; NaN without one.
    outline : ndarray
        Length of the outline of polygons, in pixels.
    enclosed : ndarray
        What polygons enclose by the shoelace formula, or the pixels of an RLE; NaN without either.
    key : ndarray of int64
        Equal for annotations with equal image, category and box.
    size : ndarray, shape (n, 2)
        Height and width of the image; NaN where not known.
    pixels, inside : ndarray
        Pixels of the mask, and those of them that lie in the box grown by one pixel; NaN where the
        mask was not looked at.
    tight : ndarray, shape (n, 4)
        Left, top, right, bottom of the pixels of the mask; NaN where it has none, or was not looked
        at.
    """

    position: Ints
    ids: Ints
    image: Ints
    category: Ints
    boxes: Floats
    area: Floats
    crowd: Flags
    kind: Ints
    parts: Ints
    sound: Flags
    extent: Floats
    outline: Floats
    enclosed: Floats
    key: Ints
    size: Floats
    pixels: Floats
    inside: Floats
    tight: Floats

    def __len__(self) -> int:
        return len(self.position)

    @property
    def corners(self) -> Floats:
        """Return left, top, right, bottom of the boxes, read as COCO means them."""
        ends = self.boxes[:, :2] + self.boxes[:, 2:]
        return np.concatenate((self.boxes[:, :2], ends), axis=1)

    @property
    def has_mask(self) -> Flags:
        return (self.kind > 0) & self.sound

    @property
    def clipped_extent(self) -> Floats:
        """Return the extents, cut at the borders of the images."""
        width, height = self.size[:, 1], self.size[:, 0]
        bounds = np.stack((width, height, width, height), axis=1)
        return np.clip(self.extent, 0, bounds)


def joined(parts: Sequence[Columns]) -> Columns:
    """Put columns one below the other."""
    if not parts:
        return empty()
    return Columns(
        *(np.concatenate([getattr(part, column.name) for part in parts])
          for column in fields(Columns))
    )  # fmt: skip


def empty() -> Columns:
    numbers, floats, flags = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.bool_)
    fours, pairs = np.zeros((0, 4)), np.zeros((0, 2))
    return Columns(
        position=numbers, ids=numbers, image=numbers, category=numbers, boxes=fours, area=floats,
        crowd=flags, kind=numbers, parts=numbers, sound=flags, extent=fours, outline=floats,
        enclosed=floats, key=numbers, size=pairs, pixels=floats, inside=floats, tight=fours,
    )  # fmt: skip
