"""The outline of a mask that is enlarged: smooth, where its pixels would show as stairs."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import ALPHA_THRESHOLD, Alpha
from cocosynth.foregrounds.regions import disk

ENLARGED = 1.25
"""Times; up to here nobody sees the pixels of a mask."""

_WIDEST = 2.0  # pixels of the source
_THIN = 2  # pixels: what is thinner than twice that and one more is kept as it is
_CORNER = 12  # pixels; smaller parts that are thin are the corners of others


def smooth_outline(alpha: Alpha, scale: float) -> Alpha:
    """Return the alpha of an instance with an outline that can be enlarged.

    The alpha is blurred, by more for a larger scale, so that its half lies on a smooth curve.
    Thin parts, which a blur would take away, keep theirs.

    Parameters
    ----------
    alpha : ndarray of uint8, shape (h, w)
    scale : float
        How many times larger it is going to be.
    """
    if scale <= ENLARGED:
        return alpha
    sigma = min(_WIDEST, 0.8 * math.sqrt(scale * scale - 1))
    smooth = cv2.GaussianBlur(alpha, (0, 0), sigma, borderType=cv2.BORDER_CONSTANT)
    return cv2.max(smooth, alpha * _thin_parts(alpha))


def _thin_parts(alpha: Alpha) -> NDArray[np.uint8]:
    """Return 1 where a mask is so thin that it would be lost."""
    mask = (alpha >= ALPHA_THRESHOLD).view(np.uint8)
    broad = cv2.dilate(cv2.morphologyEx(mask, cv2.MORPH_OPEN, disk(_THIN)), disk(1))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask & ~broad & 1, connectivity=8)
    is_thin = stats[:, cv2.CC_STAT_AREA] >= _CORNER
    is_thin[0] = False
    return is_thin[labels].view(np.uint8)
