"""The numbers of all annotations, a column for each: what rules look at many at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

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


_SMALL = {"position": np.int32, "image": np.int32, "category": np.int32, "kind": np.int8,
          "parts": np.int32, "crowd": np.bool_, "sound": np.bool_}  # fmt: skip
_LARGE = {"ids": np.int64, "key": np.int64}
_SIDES = {"boxes": 4, "extent": 4, "tight": 4, "size": 2}
_OF_MASKS = ("pixels", "inside", "tight")


class Collected:
    """Columns that are filled from the top, as annotations come; room is made once for all.

    Parameters
    ----------
    room : int
        Rows that there may be.
    masks : bool
        Keep what masks measure; else those columns are NaN, and take no memory.
    """

    def __init__(self, room: int, *, masks: bool) -> None:
        self._filled, self._masks = 0, masks
        types = _SMALL | _LARGE
        self._columns: dict[str, Any] = {
            column.name: np.empty((room, sides) if sides else room, types.get(column.name, float))
            for column in fields(Columns)
            if masks or column.name not in _OF_MASKS
            for sides in (_SIDES.get(column.name),)
        }

    def add(self, part: Columns) -> None:
        """Put columns below those that are there."""
        rows = slice(self._filled, self._filled + len(part))
        for name, column in self._columns.items():
            column[rows] = getattr(part, name)
        self._filled = rows.stop

    def finish(self) -> Columns:
        found: dict[str, Any] = {name: each[: self._filled] for name, each in self._columns.items()}
        if not self._masks:
            unknown = np.broadcast_to(np.nan, (self._filled, 4))
            found |= {"pixels": unknown[:, 0], "inside": unknown[:, 0], "tight": unknown}
        return Columns(**found)


def blocks(columns: Columns) -> Iterator[tuple[slice, Columns]]:
    """Yield columns some rows at a time: what is computed of them needs memory, too."""
    for start in range(0, len(columns), BLOCK):
        rows = slice(start, start + BLOCK)
        yield rows, Columns(*(getattr(columns, column.name)[rows] for column in fields(Columns)))


BLOCK = 1 << 14
"""Rows looked at a time."""
