"""Extents and areas of polygons as they are written, without pixels, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGEST = 1e300
"""JSON has integers that no float holds."""


class Outlines(NamedTuple):
    """What many objects drawn as polygons measure.

    Attributes
    ----------
    extents : ndarray, shape (n, 4)
        Left, top, right and bottom of all points of each object.
    lengths : ndarray, shape (n,)
        About how many pixels its outline is long.
    areas : ndarray, shape (n,)
        What its polygons enclose by the shoelace formula, summed: where one crosses itself, less
        than its pixels; where two overlap, more.
    parts : ndarray, shape (m,)
        The same of each polygon.
    """

    extents: Floats
    lengths: Floats
    areas: Floats
    parts: Floats


def measure(objects: Sequence[list[list[Any]]]) -> Outlines:
    """Measure objects, each a list of polygons ``[x, y, x, y, ...]`` of three points or more.

    Examples
    --------
    >>> measure([[[1, 2, 5, 2, 5, 8]]]).areas
    array([12.])
    """
    if not objects:
        none = np.zeros(0)
        return Outlines(np.zeros((0, 4)), none, none, none)
    polygons = list(chain.from_iterable(objects))
    points = _numbers(polygons).reshape(-1, 2)
    counts = np.array([len(polygon) // 2 for polygon in polygons])
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    after = np.arange(1, len(points) + 1)
    after[first + counts - 1] = first
    x, y = points.T
    parts = np.abs(np.add.reduceat(x * y[after] - x[after] * y, first)) / 2
    steps = np.maximum(np.abs(x - x[after]), np.abs(y - y[after]))
    heads = np.concatenate(([0], np.cumsum([len(each) for each in objects])[:-1]))
    starts = first[heads]
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    return Outlines(
        np.concatenate((low, high), axis=1),
        np.add.reduceat(steps, starts),
        np.add.reduceat(parts, heads),
        parts,
    )


def _numbers(polygons: Sequence[list[Any]]) -> Floats:
    total = sum(map(len, polygons))
    try:
        return np.fromiter(chain.from_iterable(polygons), np.float64, total)
    except OverflowError:
        values = (min(max(v, -_LARGEST), _LARGEST) for polygon in polygons for v in polygon)
        return np.fromiter(values, np.float64, total)
