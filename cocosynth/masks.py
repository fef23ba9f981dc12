"""COCO segmentations to boolean masks and back; area and box of a mask.

Masks are those of pycocotools, pixel for pixel: polygons are rasterised by it, and run-length
encodings follow its format (column-major runs, starting with zeros; the compressed form is a
variable-length code of differences, see `rleToString` in cocoapi's `maskApi.c`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from cocosynth.errors import UnusableError
from cocosynth.structures import MAX_PIXELS, Box, Mask, Size

MAX_OUTLINE = 1e7
"""The longest outline of all polygons together, in pixels: pycocotools' memory grows with it."""

_MERGED = 100  # polygons united at a time: pycocotools' time grows with the square of the number

Runs = NDArray[np.int64]


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
    if size[0] * size[1] > MAX_PIXELS:
        raise UnusableError("image is too large")
    if isinstance(segmentation, list):
        return _decode_polygons(segmentation, size)
    if isinstance(segmentation, dict):
        return _decode_rle(segmentation, size)
    raise UnusableError("segmentation is missing")


def _decode_polygons(polygons: list[Any], size: Size) -> Mask:
    if not polygons:
        raise UnusableError("segmentation is missing")
    if not all(isinstance(polygon, list) for polygon in polygons):
        raise UnusableError("polygon is not a list of lists")
    if sum(map(_outline_of, polygons)) > MAX_OUTLINE:
        raise UnusableError("polygon far outside the image")
    parts = coco_mask.frPyObjects(polygons, *size)
    while len(parts) > 1:
        starts = range(0, len(parts), _MERGED)
        parts = [coco_mask.merge(parts[start : start + _MERGED]) for start in starts]
    return _unroll(decompress(str(parts[0]["counts"], "ascii")), size)


def _outline_of(polygon: list[Any]) -> float:
    """Return about how many pixels the outline of a polygon is long, once it is known to be one."""
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
    points = points.reshape(-1, 2).astype(np.float64)
    if not np.isfinite(points).all():
        raise UnusableError("polygon coordinate is not finite")
    if np.abs(points).max() > MAX_OUTLINE:
        raise UnusableError("polygon far outside the image")
    return float(np.abs(points - np.roll(points, 1, axis=0)).max(axis=1).sum())


def _decode_rle(rle: dict[str, Any], size: Size) -> Mask:
    height, width = size
    if rle.get("size") != [height, width]:
        raise UnusableError("RLE size differs from the image's")
    counts = rle.get("counts")
    if isinstance(counts, str):
        runs = decompress(counts)
    elif isinstance(counts, list) and all(type(count) is int for count in counts):
        if any(abs(count) > height * width for count in counts):
            raise UnusableError("RLE counts do not fill the image")
        runs = np.array(counts, dtype=np.int64)
    else:
        raise UnusableError("RLE counts are neither a string nor integers")
    if (runs < 0).any() or runs.sum() != height * width:
        raise UnusableError("RLE counts do not fill the image")
    return _unroll(runs, size)


def _unroll(runs: Runs, size: Size) -> Mask:
    values = (np.arange(len(runs)) & 1).astype(np.uint8)
    columns = np.repeat(values, runs).reshape(size[1], size[0])
    return cv2.transpose(columns).view(bool)


def decompress(counts: str) -> Runs:
    """Read compressed counts: 5 bits a character, low bits first, bit 5 says that more follow.

    From the third on, a count is stored as its difference to the one before the last; the fourth
    bit of a number's last character is its sign.

    Raises
    ------
    UnusableError
        If they hold a character of no code, or end within a number.
    """
    numbers, _ = _numbers(counts)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers


def decompress_all(counts: Sequence[str]) -> tuple[Runs, Runs]:
    """Read many compressed counts at once, in a tenth of the time.

    Returns
    -------
    runs : ndarray of int64
        Those of all, one after the other.
    starts : ndarray of int64
        Where in `runs` those of each begin.

    Raises
    ------
    UnusableError
        If one of them cannot be read, or is empty.
    """
    numbers, ends = _numbers("".join(counts))
    last = np.cumsum([len(each) for each in counts]) - 1  # characters
    if not all(counts) or not np.isin(last, ends).all():
        raise UnusableError("RLE counts hold a character of no code")
    stops = np.searchsorted(ends, last) + 1
    starts = np.concatenate(([0], stops[:-1]))
    place = np.arange(len(numbers)) - np.repeat(starts, stops - starts)
    chain = np.where(place == 0, 0, 2 - place % 2)  # the first; then every other one is a sum
    order = np.lexsort((chain, np.repeat(np.arange(len(counts)), stops - starts)))
    ordered = numbers[order]
    sums = np.cumsum(ordered)
    heads = np.flatnonzero(place[order] <= 2)
    sums -= np.repeat((sums - ordered)[heads], np.diff(heads, append=len(numbers)))
    numbers[order] = sums
    return numbers, starts


def _numbers(counts: str) -> tuple[Runs, Runs]:
    """Return the numbers that characters stand for, and where the last character of each is."""
    try:
        codes = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError:
        raise UnusableError("RLE counts hold a character of no code") from None
    ends = np.flatnonzero((codes & 0x20) == 0)
    if not len(codes):
        return codes, ends
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    if codes.min() < 0 or codes.max() > 63 or not len(ends) or ends[-1] != len(codes) - 1:
        raise UnusableError("RLE counts hold a character of no code")
    lengths = ends - starts + 1
    if lengths.max() > 7:
        raise UnusableError("RLE counts do not fill the image")
    shifts = 5 * (np.arange(len(codes)) - np.repeat(starts, lengths))
    numbers = np.add.reduceat((codes & 0x1F) << shifts, starts)
    numbers -= np.where(codes[ends] & 0x10, np.int64(1) << (5 * lengths), 0)
    return numbers, ends


def encode(mask: Mask, *, origin: tuple[int, int] = (0, 0), size: Size | None = None) -> str:
    """Encode a mask as the compressed counts of a COCO RLE.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        The whole mask, or the region of it that holds all its pixels.
    origin : tuple of int
        Row and column of the region's first pixel in the image.
    size : tuple of int, optional
        Height and width of the image; that of `mask` by default.

    Returns
    -------
    str
        ASCII; equal to what ``pycocotools.mask.encode`` gives for the whole image.

    Examples
    --------
    >>> encode(np.array([[False, True], [True, False]]))
    '121'
    """
    height, width = mask.shape if size is None else size
    runs = _runs(mask, origin, height, height * width)
    rle = coco_mask.frPyObjects({"size": [height, width], "counts": runs}, height, width)
    return str(rle["counts"], "ascii")


def _runs(mask: Mask, origin: tuple[int, int], height: int, pixels: int) -> Runs:
    """Return the column-major runs, of zeros first, of a region in an image."""
    rows, cols = mask.shape
    lines = np.zeros(cols * (rows + 1) + 1, dtype=np.uint8)  # a zero, then columns ended by a zero
    cv2.transpose(mask.view(np.uint8), dst=lines[1:].reshape(cols, rows + 1)[:, :rows])
    edges = np.flatnonzero(lines[1:] != lines[:-1])
    positions = edges + edges // (rows + 1) * (height - rows - 1) + origin[1] * height + origin[0]
    if rows == height and len(positions):  # a run may go on in the next column
        joined = np.flatnonzero(positions[1:-1:2] == positions[2::2]) * 2 + 1
        positions = np.delete(positions, np.concatenate((joined, joined + 1)))
    runs = np.empty(len(positions) + 1, dtype=np.int64)
    runs[:-1], runs[-1] = positions, pixels
    runs[1:] -= positions
    return runs if len(runs) == 1 or runs[-1] else runs[:-1]


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
