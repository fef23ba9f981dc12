"""What is surely object, surely background, and unknown, by a mask that somebody drew."""

from __future__ import annotations

import math

import cv2
import numpy as np

from cocosynth.core.values import Alpha, Mask

OBJECT, UNKNOWN, BACKGROUND = 255, 128, 0

_SHARE = 0.04  # of the side of a square of the object's area
_WIDTHS = (3, 20)  # pixels


def band_of(mask: Mask) -> int:
    """Return how far from its outline a mask may be wrong, in pixels: more for larger objects."""
    side = math.sqrt(np.count_nonzero(mask))
    return min(max(round(_SHARE * side), _WIDTHS[0]), _WIDTHS[1])


def trimap_of(mask: Mask, others: Mask, *, band: int) -> Alpha:
    """Return the trimap of a mask.

    Unknown is what lies up to `band` pixels inside or outside of the outline. Of a part that is so
    thin that nothing of it is farther inside, the middle is surely object. What belongs to others
    is background.

    Parameters
    ----------
    mask, others : ndarray of bool, shape (h, w)
        The object, and all other objects of the photograph.
    band : int

    Returns
    -------
    ndarray of uint8, shape (h, w)

    Examples
    --------
    >>> row = np.array([[False] * 3 + [True] * 7])
    >>> trimap_of(row, np.zeros_like(row), band=2).tolist()
    [[0, 128, 128, 128, 128, 255, 255, 255, 255, 255]]
    """
    inside = cv2.distanceTransform(_framed(mask), cv2.DIST_L2, 5)[1:-1, 1:-1]
    outside = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 5)
    trimap = np.full(mask.shape, UNKNOWN, dtype=np.uint8)
    trimap[outside > band] = BACKGROUND
    trimap[others & ~mask] = BACKGROUND
    middle = mask & (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8)))
    trimap[mask & ((inside > band) | middle)] = OBJECT
    return trimap


def _framed(mask: Mask) -> Alpha:
    """Repeat the border: where the photograph ends, the object does not."""
    return cv2.copyMakeBorder(mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
