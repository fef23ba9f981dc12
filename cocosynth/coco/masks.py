"""COCO segmentations to boolean masks and back; area and box of a mask.

Masks are those of pycocotools, pixel for pixel: polygons are rasterised by it, and run-length
encodings follow its format (column-major runs, starting with zeros; the compressed form is a
variable-length code of differences, see `rleToString` in cocoapi's `maskApi.c`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from cocosynth.coco.rle import Runs, decompress, unroll
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import MAX_PIXELS, Box, Mask, Size

Rle = dict[str, Any]
"""A mask as pycocotools has it: `size`, and `counts` as bytes."""

MAX_OUTLINE = 1e7
"""The longest outline of all polygons together, in pixels: pycocotools' memory grows with it."""

_MERGED = 100
"""Masks handed to pycocotools at a time: uniting takes the square of their number, and of more than
255 it does not count the pixels."""


def decode(segmentation: Any, size: Size) -> Mask:
    """Turn a COCO segmentation into a mask.

    Parameters
    ----------
    segmentation : list or dict
        Polygons ``[[x, y, ...], ...]``, or an RLE ``{"size": [h, w], "counts": ...}`` whose counts
        are a string (compressed) or a list of integers.
    size : tuple of int
        Height and width of the image, in pixels.

    Returns
    -------
    ndarray of bool, shape (height, width)

    Raises
    ------
    UnusableError
        If it is none of these, or does not fit the size.

    Examples
    --------
    >>> decode({"size": [2, 2], "counts": [1, 2, 1]}, (2, 2)).astype(int)
    array([[0, 1],
           [1, 0]])
    """
    return unroll(_runs_of(segmentation, size), size)


def decode_in_box(segmentation: Any, size: Size) -> tuple[Mask, Box]:
    """Turn a COCO segmentation into the part of its mask that holds all its pixels.

    It costs what the columns of that part cost, however large the image is; see `decode`.

    Returns
    -------
    mask : ndarray of bool
    box : Box
        Where it lies in the image; empty if the mask is.

    Examples
    --------
    >>> mask, box = decode_in_box({"size": [2, 9], "counts": [9, 1, 8]}, (2, 9))
    >>> mask.astype(int), box
    (array([[1]]), Box(top=1, left=4, bottom=2, right=5))
    """
    runs, height = _runs_of(segmentation, size), size[0]
    ends = np.cumsum(runs)
    first, last = ends[:-1:2][runs[1::2] > 0], ends[1::2][runs[1::2] > 0]
    if not len(first):
        return np.zeros((0, 0), dtype=np.bool_), Box(0, 0, 0, 0)
    left, right = int(first[0]) // height, (int(last[-1]) - 1) // height + 1
    cut = np.clip(ends, left * height, right * height) - left * height
    columns = unroll(np.diff(cut, prepend=0), (height, right - left))
    box = box_of(columns)
    assert box is not None
    return columns[box.slices], box.moved(0, left)


def box_and_area(segmentation: Any, size: Size) -> tuple[Box, int] | None:
    """Return the tight box of a COCO segmentation and its pixels; None where it has none.

    They are those of `decode`, which see, and cost a tenth of it where there are polygons.

    Examples
    --------
    >>> box_and_area([[1, 1, 1, 3, 4, 3, 4, 1]], (5, 9))
    (Box(top=1, left=1, bottom=3, right=4), 6)
    """
    if isinstance(segmentation, list) and size[0] * size[1] <= MAX_PIXELS:
        rle = _rle_of_polygons(segmentation, size)
        area = int(coco_mask.area(rle))
        left, top, width, height = map(int, coco_mask.toBbox(rle))
        return (Box(top, left, top + height, left + width), area) if area else None
    mask, box = decode_in_box(segmentation, size)
    return (box, int(np.count_nonzero(mask))) if mask.size else None


def _runs_of(segmentation: Any, size: Size) -> Runs:
    """Return the column-major runs of a segmentation, of zeros first."""
    if size[0] * size[1] > MAX_PIXELS:
        raise UnusableError("image is too large")
    if isinstance(segmentation, list):
        return _runs_of_polygons(segmentation, size)
    if isinstance(segmentation, dict):
        return _runs_of_rle(segmentation, size)
    raise UnusableError("segmentation is missing")


def _runs_of_polygons(polygons: list[Any], size: Size) -> Runs:
    return decompress(str(_rle_of_polygons(polygons, size)["counts"], "ascii"))


def _rle_of_polygons(polygons: list[Any], size: Size) -> Rle:
    if not polygons:
        raise UnusableError("segmentation is missing")
    if not all(isinstance(polygon, list) for polygon in polygons):
        raise UnusableError("polygon is not a list of lists")
    if _is_too_long(polygons):
        raise UnusableError("polygon far outside the image")
    return united(parts_of(polygons, size))


def parts_of(polygons: list[list[float]], size: Size) -> list[Rle]:
    """Rasterise polygons one by one; their outlines are known to be of a bearable length."""
    parts: list[Rle] = coco_mask.frPyObjects(polygons, *size)
    return parts


def united(parts: list[Rle]) -> Rle:
    """Return what some masks cover together."""
    while len(parts) > 1:
        starts = range(0, len(parts), _MERGED)
        parts = [coco_mask.merge(parts[start : start + _MERGED]) for start in starts]
    return parts[0]


def areas_of(rles: list[Rle]) -> NDArray[np.float64]:
    """Return the pixels of rasterised polygons."""
    areas = [coco_mask.area(group).astype(np.float64) for group in _groups(rles)]
    return np.concatenate([np.zeros(0), *areas])


def boxes_of(rles: list[Rle]) -> NDArray[np.float64]:
    """Return the boxes of rasterised polygons: x, y, width, height."""
    return np.concatenate([np.zeros((0, 4)), *map(coco_mask.toBbox, _groups(rles))])


def _groups(rles: list[Rle]) -> list[list[Rle]]:
    return [rles[start : start + _MERGED] for start in range(0, len(rles), _MERGED)]


def _is_too_long(polygons: list[Any]) -> bool:
    """Say whether the outlines of polygons are too long together; most need not be measured."""
    with suppress(UnusableError):  # the first one is named below
        if sum(len(each) * np.abs(_coordinates_of(each)).max() for each in polygons) <= MAX_OUTLINE:
            return False
    return sum(map(_outline_of, polygons)) > MAX_OUTLINE


def _outline_of(polygon: list[Any]) -> float:
    """Return about how many pixels the outline of a polygon is long, once it is known to be one."""
    points = _coordinates_of(polygon).reshape(-1, 2)
    if not np.isfinite(points).all():
        raise UnusableError("polygon coordinate is not finite")
    if np.abs(points).max() > MAX_OUTLINE:
        raise UnusableError("polygon far outside the image")
    return float(np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum())


def _coordinates_of(polygon: list[Any]) -> NDArray[np.float64]:
    """Return the coordinates of a polygon, once it is known to have such."""
    if len(polygon) < 6:
        raise UnusableError("polygon of fewer than 3 points")
    if len(polygon) % 2:
        raise UnusableError("polygon with an odd number of coordinates")
    try:
        points = np.asarray(polygon)
    except ValueError:  # lists of different lengths
        points = np.zeros(0, dtype=object)
    if points.ndim != 1 or points.dtype.kind not in "fiu":
        raise UnusableError("polygon coordinate is not a number")
    return points.astype(np.float64)


def _runs_of_rle(rle: dict[str, Any], size: Size) -> Runs:
    height, width = size
    if rle.get("size") != [height, width]:
        raise UnusableError("RLE size differs from the image's")
    counts = rle.get("counts")
    if isinstance(counts, str):
        runs = decompress(counts)
    elif isinstance(counts, list) and all(map(_is_whole, counts)):
        if any(abs(count) > height * width for count in counts):
            raise UnusableError("RLE counts do not fill the image")
        runs = np.array(counts, dtype=np.int64)
    else:
        raise UnusableError("RLE counts are neither a string nor integers")
    if (runs < 0).any() or runs.sum() != height * width:
        raise UnusableError("RLE counts do not fill the image")
    return runs


def _is_whole(count: Any) -> bool:
    return type(count) is int or (type(count) is float and count.is_integer())


def box_of(mask: Mask) -> Box | None:
    """Return the tight half-open box around a mask's pixels, or None where it has none.

    Examples
    --------
    >>> box_of(np.array([[0, 0, 0], [0, 1, 1]], dtype=bool))
    Box(top=1, left=1, bottom=2, right=3)
    """
    if not mask.size:
        return None
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    return Box(top, left, top + height, left + width) if width else None
