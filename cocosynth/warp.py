"""One resampling of an instance into the canvas.

Matrices act on continuous coordinates (see `structures`). Their entries are multiples of 2**-20,
so that adding a whole number of pixels to a translation is exact: an instance gives the same
pixels wherever it is put, and planning and rendering agree on every pixel of its mask.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.structures import Box, Homography, Size

_STEP = 2.0**20


def translation(x: float, y: float) -> Homography:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


_TO_CENTRES, _FROM_CENTRES = translation(-0.5, -0.5), translation(0.5, 0.5)


def quantized(matrix: Homography) -> Homography:
    """Round a matrix to the entries that translations by whole pixels keep exact."""
    return np.rint(matrix * _STEP) / _STEP


def moved(points: NDArray[np.float64], matrix: Homography) -> NDArray[np.float64]:
    """Apply a homography to points of shape (n, 2), as (x, y)."""
    homogeneous = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    return homogeneous[:, :2] / homogeneous[:, 2:]


def region_of(size: Size, matrix: Homography) -> Box:
    """Return the smallest box of whole pixels that holds an image of this size once it is moved."""
    left, top, right, bottom = _extent(size, matrix)
    return Box(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right))


def at_origin(size: Size, matrix: Homography) -> Homography:
    """Shift the result of a matrix so that its first row and column start exactly at 0.

    So a transform that maps pixels onto pixels, such as a flip, resamples none of them.
    """
    left, top, _, _ = _extent(size, matrix)
    return translation(-left, -top) @ matrix


def _extent(size: Size, matrix: Homography) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom; in plain floats, as arrays of nine cost more."""
    height, width = size
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    points = [
        ((a * x + b * y + c) / (w := g * x + h * y + i), (d * x + e * y + f) / w)
        for x, y in ((0, 0), (width, 0), (0, height), (width, height))
    ]
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def warp(pixels: NDArray[np.uint8], matrix: Homography) -> tuple[NDArray[np.uint8], Box]:
    """Resample pixels bilinearly; what comes from outside of them is 0.

    Where the matrix shrinks below a half, whole blocks of pixels are averaged first, so that none
    is skipped. The channels of a pixel do not mix: the alpha of warped RGBA is the warped alpha.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w) or (h, w, c)
    matrix : ndarray of float64, shape (3, 3)
        From `pixels` to the canvas.

    Returns
    -------
    warped : ndarray of uint8
        The whole of the moved image, also where it lies outside of the canvas.
    region : Box
        Where `warped` lies in the canvas.
    """
    region = region_of((pixels.shape[0], pixels.shape[1]), matrix)
    local = translation(-region.left, -region.top) @ matrix
    block = min(int(1 / max(_scale(local), 1e-6)), max(pixels.shape[:2]))
    if block >= 2:
        pixels = _block_means(pixels, block)
        local = local @ np.diag([block, block, 1.0])
    centres = _TO_CENTRES @ local @ _FROM_CENTRES
    height, width = region.size
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if (local[2] == (0, 0, 1)).all():
        inverse = cv2.invertAffineTransform(centres[:2])
        return cv2.warpAffine(pixels, inverse, (width, height), flags=flags), region
    inverse = np.linalg.inv(centres)
    return cv2.warpPerspective(pixels, inverse, (width, height), flags=flags), region


def _scale(matrix: Homography) -> float:
    (a, b, _), (c, d, _), _ = matrix.tolist()
    return math.sqrt(abs(a * d - b * c))


def _block_means(pixels: NDArray[np.uint8], block: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    rows, cols = -(-height // block), -(-width // block)
    padded = cv2.copyMakeBorder(
        pixels, 0, rows * block - height, 0, cols * block - width, cv2.BORDER_CONSTANT
    )
    return cv2.resize(padded, (cols, rows), interpolation=cv2.INTER_AREA)
