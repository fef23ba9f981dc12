"""How much of each pixel of a canvas a mask covers, once the picture below it is resized.

Everything is counted in integers, so that a pixel half covered is half covered on every machine.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Box, Mask, Size

Counts = NDArray[Any]  # of int32 where that is enough, or int64


def resized(mask: Mask, box: Box, size: Size, canvas: Size) -> tuple[Mask, Box]:
    """Carry a mask into a canvas that a picture is resized to.

    A pixel of the canvas belongs to the mask where that covers half of it, when shrinking, or
    where it is at least one half when interpolated linearly, when enlarging. A mask too small to
    cover half of any pixel keeps the pixel that it covers most of: it can still be seen.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
    box : Box
        Where the mask lies in the picture; it does not reach over its edges.
    size, canvas : tuple of int
        Height and width of the picture and of the canvas.

    Returns
    -------
    mask : ndarray of bool
    box : Box
        Where that lies in the canvas; it may be larger than the pixels of the mask need.

    Examples
    --------
    >>> mask, box = resized(np.ones((2, 3), dtype=bool), Box(0, 1, 2, 4), (4, 4), (2, 2))
    >>> mask.astype(int), box
    (array([[1, 1]]), Box(top=0, left=0, bottom=1, right=2))
    """
    enlarges = canvas[0] >= size[0] and canvas[1] >= size[1]
    shares, rows, cols = (_interpolated if enlarges else _covered)(mask, box, size, canvas)
    whole = 4 * canvas[0] * canvas[1] if enlarges else size[0] * size[1]
    shown = 2 * shares >= whole
    if not shown.any() and shares.any():
        shown.flat[shares.argmax()] = True
    return shown, Box(rows[0], cols[0], rows[1], cols[1])


Range = tuple[int, int]


def _covered(mask: Mask, box: Box, size: Size, canvas: Size) -> tuple[Counts, Range, Range]:
    """Count mask pixels below each canvas pixel, in units of 1 / (canvas height x width)."""
    small = size[0] * size[1] * canvas[1] < 2**31  # then no sum is larger
    sums: Counts = cv2.integral(mask.view(np.uint8)).astype(np.int32 if small else np.int64)
    ranges = []
    for first, last, old, new in _axes(box, size, canvas):
        start, stop = first * new // old, -(-last * new // old)
        edges = _within(np.arange(start, stop + 1) * old, first * new, last * new) - first * new
        sums = np.ascontiguousarray(np.diff(_between(sums, edges, new), axis=0).T)
        ranges.append((start, stop))
    return sums, ranges[0], ranges[1]


def _interpolated(mask: Mask, box: Box, size: Size, canvas: Size) -> tuple[Counts, Range, Range]:
    """Interpolate the mask at the centre of each canvas pixel, in units of 1 / (4 height width)."""
    values: Counts = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), dtype=np.int32)
    values[1:-1, 1:-1] = mask
    ranges = []
    for first, last, old, new in _axes(box, size, canvas):
        start = max(0, (2 * first - 1) * new // (2 * old) - 1)
        stop = min(new, -(-(2 * last + 1) * new // (2 * old)) + 1)
        centres = (2 * np.arange(start, stop) + 1) * old - new
        centres = _within(centres, 0, 2 * new * (old - 1)) - 2 * new * (first - 1)
        inside = _within(centres, 0, 2 * new * (last - first + 1))
        values = np.ascontiguousarray(_between(values, inside, 2 * new).T)
        ranges.append((start, stop))
    return values, ranges[0], ranges[1]


def _axes(box: Box, size: Size, canvas: Size) -> tuple[tuple[int, int, int, int], ...]:
    return (box.top, box.bottom, size[0], canvas[0]), (box.left, box.right, size[1], canvas[1])


def _within(values: Counts, low: int, high: int) -> Counts:
    """Do as `np.clip` does, which takes ten times as long for so few numbers."""
    limited: Counts = np.minimum(np.maximum(values, low), high)
    return limited


def _between(values: Counts, positions: Counts, unit: int) -> Counts:
    """Interpolate linearly between rows, at positions counted in units; the result is times it."""
    low, part = np.divmod(positions.astype(values.dtype)[:, None], unit)
    rows = low[:, 0]
    below, result = values[rows], values[np.minimum(rows + 1, len(values) - 1)]
    result -= below
    result *= part
    below *= unit
    result += below
    return result
