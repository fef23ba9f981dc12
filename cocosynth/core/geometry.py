"""Homographies in plain floats, and boxes around what they move.

Matrices act on continuous coordinates (see `values`). Their entries are multiples of 2**-20,
so that adding a whole number of pixels to a translation is exact: an instance gives the same
pixels wherever it is put.

Here a homography is three rows of plain floats: on nine numbers arrays cost more than they give.
"""

from __future__ import annotations

import math

import numpy as np

from cocosynth.core.values import Background, Borders, Box, Homography, Matrix, Octagon, Size

_STEP = 2.0**20
_INSIDE = 0.25  # pixels
_STEEPEST = 8


def translation(x: float, y: float) -> Homography:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def quantized(matrix: Homography) -> Matrix:
    """Round a matrix to the entries that translations by whole pixels keep exact."""
    first, second, third = (np.rint(matrix * _STEP) / _STEP).tolist()
    return tuple(first), tuple(second), tuple(third)


def shifted(matrix: Matrix, x: float, y: float) -> Matrix:
    """Return ``translation(x, y) @ matrix``."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return (a + x * g, b + x * h, c + x * i), (d + y * g, e + y * h, f + y * i), (g, h, i)


def rebased(matrix: Matrix, x: float, y: float) -> Matrix:
    """Return ``matrix @ translation(x, y)``: the same map, its points counted from another one."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return (a, b, a * x + b * y + c), (d, e, d * x + e * y + f), (g, h, g * x + h * y + i)


def moved(point: tuple[float, float], matrix: Matrix) -> tuple[float, float]:
    """Apply a homography to a point (x, y)."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    x, y = point
    scale = g * x + h * y + i
    return (a * x + b * y + c) / scale, (d * x + e * y + f) / scale


def canvas_matrix(background: Background, size: Size) -> Matrix:
    """Return the matrix from a photo to the canvas that its crop is flipped and resized to."""
    crop, place = background.crop, background.place_in(size)
    down, across = place.size[0] / crop.size[0], place.size[1] / crop.size[1]
    x, y = place.left - crop.left * across, place.top - crop.top * down
    upside_down, mirrored = background.mirrors
    if mirrored:
        across, x = -across, place.left + crop.right * across
    if upside_down:
        down, y = -down, place.top + crop.bottom * down
    return (across, 0, x), (0, down, y), (0, 0, 1)


def mirrors(matrix: Matrix) -> bool:
    """Say whether a matrix turns left into right where it is seen from the front."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0


def is_seen_from_the_front(point: tuple[float, float], matrix: Matrix) -> bool:
    """Say whether a point (x, y) lies on this side of the horizon of a homography."""
    g, h, i = matrix[2]
    return g * point[0] + h * point[1] + i > 0


def is_affine(matrix: Matrix) -> bool:
    return matrix[2] == (0, 0, 1)


def is_in_front(octagon: Octagon, matrix: Matrix) -> bool:
    """Whether the horizon of a homography stays well clear of an octagon.

    Beyond it things would be turned inside out. The nearest corner may be eight times as near to
    the viewer as the farthest.
    """
    if is_affine(matrix):
        return True
    g, h, i = matrix[2]
    nearness = [g * x + h * y + i for x, y in octagon]
    return min(nearness) > max(nearness) / _STEEPEST


def scale_at(point: tuple[float, float], matrix: Matrix) -> float:
    """Return by how much a matrix enlarges lengths around a point (x, y), on the average."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    if is_affine(matrix):
        return math.sqrt(abs(a * e - b * d))
    volume = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return math.sqrt(abs(volume / (g * point[0] + h * point[1] + i) ** 3))


BORDER_GAP = 1
"""Pixels; an object that ends so much short of the border of its image still reaches it."""

_DRAWN = 320  # pixels of the longer side: for each, an outline drawn by hand may end one more short


def borders_of(box: Box, size: Size, *, drawn: bool) -> Borders:
    """Return which borders of a photo of this size cut what lies in a box of it.

    Parameters
    ----------
    box : Box
    size : tuple of int
        Height and width of the photo.
    drawn : bool
        A person drew the outline: of the outlines of COCO that a border cuts, a quarter end
        1 to 3 pixels short of it.

    Examples
    --------
    >>> borders_of(Box(50, 3, 90, 40), (480, 640), drawn=True)
    Borders(top=False, left=True, bottom=False, right=False)
    """
    gap = BORDER_GAP + (max(size) // _DRAWN if drawn else 0)
    return Borders(
        top=box.top <= gap,
        left=box.left <= gap,
        bottom=box.bottom >= size[0] - gap,
        right=box.right >= size[1] - gap,
    )


def corners(size: Size) -> Octagon:
    """Return the octagon of a whole image."""
    return (0, 0), (size[1], 0), (size[1], size[0]), (0, size[0])


def region_of(octagon: Octagon, matrix: Matrix) -> Box:
    """Return the smallest box of whole pixels that holds an octagon once it is moved."""
    left, top, right, bottom = _extent(octagon, matrix)
    return Box(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right))


def at_origin(octagon: Octagon, matrix: Matrix) -> tuple[Matrix, Box]:
    """Shift the result of a matrix so that an octagon starts at 0 in both directions.

    It does so exactly where the matrix is affine: so a transform that maps pixels onto pixels, such
    as a flip, resamples none of them. Under a perspective it starts a fraction of a pixel later,
    and the entries are rounded again, so that here too a move by whole pixels is exact.

    Returns
    -------
    matrix : three rows of three floats
    region : Box
        The smallest box of whole pixels that holds the octagon then.
    """
    left, top, right, bottom = _extent(octagon, matrix)
    if not is_affine(matrix):
        local = quantized(np.array(shifted(matrix, _INSIDE - left, _INSIDE - top)))
        return local, region_of(octagon, local)
    region = Box(0, 0, math.ceil(bottom - top), math.ceil(right - left))
    return shifted(matrix, -left, -top), region


def _extent(octagon: Octagon, matrix: Matrix) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom."""
    (a, b, c), (d, e, f), _ = matrix
    if is_affine(matrix):
        xs = [a * x + b * y + c for x, y in octagon]
        ys = [d * x + e * y + f for x, y in octagon]
    else:
        xs, ys = map(list, zip(*(moved(point, matrix) for point in octagon), strict=True))
    return min(xs), min(ys), max(xs), max(ys)
