"""How far an instance may be enlarged: beyond that, it shows that its photograph has no more."""

from __future__ import annotations

import numpy as np

from cocosynth.core.geometry import is_affine, scale_at
from cocosynth.core.values import Homography, Matrix, Octagon

_EXACT = 1e-4  # by which a matrix in whole steps may be off


def enlargement(octagon: Octagon, matrix: Matrix) -> float:
    """Return how many times larger a matrix makes an instance, where it does so most."""
    if is_affine(matrix):
        return scale_at((0, 0), matrix)
    return max(scale_at(corner, matrix) for corner in octagon)


def shrunk(change: Homography, found: float, most: float) -> Homography | None:
    """Return a change that enlarges so many times at the most, about the same centre.

    Parameters
    ----------
    change : ndarray of float64, shape (3, 3)
        The centre of the instance is at the origin.
    found : float
        How many times it enlarges.
    most : float
        How many times it may.

    Returns
    -------
    ndarray of float64, shape (3, 3), or None
        None where it enlarges by no more.

    Examples
    --------
    >>> shrunk(np.array([[4.0, 0, 7], [0, 4, 0], [0, 0, 1]]), 4, 2)
    array([[2., 0., 7.],
           [0., 2., 0.],
           [0., 0., 1.]])
    """
    if found <= most * (1 + _EXACT):
        return None
    factor = most / found
    x, y = change[:2, 2] / change[2, 2]
    about = np.array([[factor, 0, x - factor * x], [0, factor, y - factor * y], [0, 0, 1]])
    smaller: Homography = about @ change
    return smaller
