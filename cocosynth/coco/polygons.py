"""Exact polygons: outlines that pycocotools rasterises back to the very mask they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Mask

if TYPE_CHECKING:
    import shapely

Corners = NDArray[np.int64]  # (n, 2) of x, y


def polygons_of(mask: Mask, *, origin: tuple[int, int] = (0, 0)) -> list[list[int]]:
    """Turn a mask into COCO polygons that give the same mask bit for bit.

    The outlines run along the corners of pixels, so every vertex is an integer. COCO polygons know
    no holes: each hole is joined to its outline by a slit that is walked twice, once in each
    direction, which encloses nothing and lets the even-odd rule leave the hole empty.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
    origin : tuple of int
        Row and column of the mask's first pixel in the image.

    Returns
    -------
    list of list of int
        Flat ``[x, y, x, y, ...]`` rings, one for each connected part; none for an empty mask.

    Examples
    --------
    >>> polygons_of(np.array([[0, 1], [1, 1]], dtype=bool))
    [[0, 1, 0, 2, 2, 2, 2, 0, 1, 0, 1, 1]]
    """
    import shapely

    rows, cols = mask.shape
    padded = np.zeros((rows, cols + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    row, edge = np.nonzero(np.diff(padded, axis=1))
    left, right = edge[::2] + origin[1], edge[1::2] + origin[1]
    top = row[::2] + origin[0]
    area = shapely.union_all(shapely.box(left, top, right, top + 1))
    parts = shapely.get_parts(shapely.normalize(area))  # GEOS versions start rings elsewhere
    return [_slit_ring(part) for part in parts]


def _slit_ring(part: shapely.Polygon) -> list[int]:
    """Walk the outline of a polygon, and each of its holes, as one closed ring."""
    ring = _corners(part.exterior)
    holes = sorted(
        (_corners(hole) for hole in part.interiors), key=lambda hole: hole.min(0).tolist()
    )
    for hole in holes:
        ring = _join(ring, hole)
    return ring.ravel().tolist()


def _corners(ring: shapely.LinearRing) -> Corners:
    """Return the points of a closed ring where it turns, the last one not repeated."""
    points = np.rint(np.asarray(ring.coords)[:-1]).astype(np.int64)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    return points[before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]]


def _join(ring: Corners, hole: Corners) -> Corners:
    """Insert a hole into a ring by a level slit from its leftmost corner to the ring's next edge.

    Holes are joined from left to right, so what lies to the left of one is in the ring already,
    and the slit runs inside the object.
    """
    first = np.lexsort((hole[:, 1], hole[:, 0]))[0]
    x, y = hole[first]
    ends = np.roll(ring, -1, axis=0)
    low, high = np.minimum(ring[:, 1], ends[:, 1]), np.maximum(ring[:, 1], ends[:, 1])
    met = (ring[:, 0] == ends[:, 0]) & (low <= y) & (y <= high) & (ring[:, 0] <= x)
    edge = np.flatnonzero(met)[np.argmax(ring[met, 0])]
    foot = np.array([[ring[edge, 0], y]])
    loop = np.roll(hole, -first, axis=0)
    return np.concatenate((ring[: edge + 1], foot, loop, loop[:1], foot, ring[edge + 1 :]))
