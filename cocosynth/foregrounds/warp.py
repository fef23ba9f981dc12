"""One resampling of an instance into the canvas.

Matrices act on continuous coordinates (see `structures`). Their entries are multiples of 2**-20,
so that adding a whole number of pixels to a translation is exact: an instance gives the same
pixels wherever it is put.

Here a homography is three rows of plain floats: on nine numbers arrays cost more than they give.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.geometry import is_affine, scale_at, shifted, translation
from cocosynth.core.values import Box, Matrix


def warp(pixels: NDArray[np.uint8], matrix: Matrix, region: Box) -> NDArray[np.uint8]:
    """Resample pixels bilinearly; what comes from outside of them is 0.

    Where the matrix shrinks below a half, whole blocks of pixels are averaged first, so that none
    is skipped. The channels of a pixel do not mix: the alpha of warped RGBA is the warped alpha.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w) or (h, w, c)
    matrix : three rows of three floats
        From `pixels` to the canvas.
    region : Box
        The part of the plane to be computed; it may lie outside of the canvas.

    Returns
    -------
    ndarray of uint8, shape (height, width) or (height, width, c) of the region
    """
    matrix = shifted(matrix, -region.left, -region.top)
    (a, b, c), (d, e, f), (g, h, i) = matrix
    middle = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    block = min(int(1 / max(scale_at(middle, matrix), 1e-6)), max(pixels.shape[:2]))
    if block >= 2:
        pixels = _block_means(pixels, block)
        a, b, d, e, g, h = (entry * block for entry in (a, b, d, e, g, h))
    rows, cols = region.size
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if is_affine(((a, b, c), (d, e, f), (g, h, i))):
        inverse = np.array(_inverse_between_centres(a, b, c, d, e, f))
        return cv2.warpAffine(pixels, inverse, (cols, rows), flags=flags)
    centre, back = translation(0.5, 0.5), translation(-0.5, -0.5)
    inverse = np.linalg.inv(back @ np.array([[a, b, c], [d, e, f], [g, h, i]]) @ centre)
    return cv2.warpPerspective(pixels, inverse, (cols, rows), flags=flags)


def _inverse_between_centres(
    a: float, b: float, c: float, d: float, e: float, f: float
) -> tuple[tuple[float, float, float], ...]:
    """Invert an affine map, whole numbers standing for centres of pixels on both sides."""
    x, y = c + 0.5 * (a + b) - 0.5, f + 0.5 * (d + e) - 0.5  # of the first centre's image
    area = a * e - b * d
    return (
        (e / area, -b / area, (b * y - e * x) / area),
        (-d / area, a / area, (d * x - a * y) / area),
    )


def _block_means(pixels: NDArray[np.uint8], block: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    rows, cols = -(-height // block), -(-width // block)
    padded = cv2.copyMakeBorder(
        pixels, 0, rows * block - height, 0, cols * block - width, cv2.BORDER_CONSTANT
    )
    return cv2.resize(padded, (cols, rows), interpolation=cv2.INTER_AREA)
