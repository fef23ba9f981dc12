"""COCO segmentations to boolean masks and back; area and box of a mask.

Masks are those of pycocotools, pixel for pixel: polygons are rasterised by it, and run-length
encodings follow its format (column-major runs, starting with zeros; the compressed form is a
variable-length code of differences, see `rleToString` in cocoapi's `maskApi.c`).
"""

from __future__ import annotations

from typing import Any

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
    values = np.arange(len(runs)) % 2 == 1
    return np.repeat(values, runs).reshape(size[1], size[0]).T


def decompress(counts: str) -> Runs:
    """Read compressed counts: 5 bits a character, low bits first, bit 5 says that more follow.

    From the third on, a count is stored as its difference to the one before the last; the fourth
    bit of a number's last character is its sign.
    """
    try:
        codes = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError:
        raise UnusableError("RLE counts hold a character of no code") from None
    if not len(codes):
        return np.zeros(0, dtype=np.int64)
    ends = np.flatnonzero((codes & 0x20) == 0)
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    if codes.min() < 0 or codes.max() > 63 or not len(ends) or ends[-1] != len(codes) - 1:
        raise UnusableError("RLE counts hold a character of no code")
    lengths = ends - starts + 1
    if lengths.max() > 7:
        raise UnusableError("RLE counts do not fill the image")
    shifts = 5 * (np.arange(len(codes)) - np.repeat(starts, lengths))
    numbers = np.add.reduceat((codes & 0x1F) << shifts, starts)
    numbers -= np.where(codes[ends] & 0x10, np.int64(1) << (5 * lengths), 0)
    numbers[1::2] = np.cumsum(numbers[1::2])
    numbers[2::2] = np.cumsum(numbers[2::2])
    return numbers


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
    rle = coco_mask.frPyObjects({"size": [height, width], "counts": runs.tolist()}, height, width)
    return str(rle["counts"], "ascii")


def _runs(mask: Mask, origin: tuple[int, int], height: int, pixels: int) -> Runs:
    """Return the column-major runs, of zeros first, of a region in an image."""
    rows, cols = mask.shape
    padded = np.zeros((cols, rows + 2), dtype=bool)
    padded[:, 1:-1] = mask.T
    edges = np.flatnonzero(padded[:, 1:] != padded[:, :-1])
    col, row = np.divmod(edges, rows + 1)
    positions = (origin[1] + col) * height + origin[0] + row
    if rows == height and len(positions):  # a run may go on in the next column
        joined = np.flatnonzero(positions[1:-1:2] == positions[2::2]) * 2 + 1
        positions = np.delete(positions, np.concatenate((joined, joined + 1)))
    runs = np.diff(positions, prepend=0, append=pixels)
    return runs if len(runs) == 1 or runs[-1] else runs[:-1]


def box_of(mask: Mask) -> Box | None:
    """Return the tight half-open box around a mask's pixels, or None where it has none.

    Examples
    --------
    >>> box_of(np.array([[0, 0, 0], [0, 1, 1]], dtype=bool))
    Box(top=1, left=1, bottom=2, right=3)
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    cols = np.flatnonzero(mask[top:bottom].any(axis=0))
    return Box(top, int(cols[0]), bottom, int(cols[-1]) + 1)
