"""How clearly the outline of an object can be seen in its picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Mask
from cocosynth.foregrounds.regions import CROSS, shrunken, step_of

_STEP = 10.0  # CIELAB distance from inside to outside that is clear
_AROUND = 7  # pixels of the square in which both sides are looked at


def weak_share(lab: NDArray[np.float32], mask: Mask) -> float:
    """Return the share of an outline at which inside and outside hardly differ.

    The pixels on both sides of the outline are passed over: there the camera mixed the colours.

    Parameters
    ----------
    lab : ndarray of float32, shape (h, w, 3)
        The picture in CIELAB.
    mask : ndarray of bool, shape (h, w)
    """
    step = step_of(mask)
    if step > 1:
        lab, mask = shrunken(lab, step), shrunken(mask.astype(np.float32), step) >= 0.5
    inside, whole = cv2.erode(mask.view(np.uint8), CROSS), mask.view(np.uint8)
    outline = cv2.dilate(whole, CROSS) > whole
    outside = cv2.erode(1 - whole, CROSS)
    difference = _mean(lab, inside) - _mean(lab, outside)
    there = outline & np.isfinite(difference).all(axis=2)
    steps = np.linalg.norm(difference[there], axis=1)
    return float((steps < _STEP).mean()) if steps.size else 0.0


def _mean(lab: NDArray[np.float32], where: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean colour around each pixel of those in a mask; none is not a number."""
    weight = where.astype(np.float32)
    count = cv2.blur(weight, (_AROUND, _AROUND))
    total = cv2.blur(lab * weight[..., None], (_AROUND, _AROUND))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 1e-4, 1, np.nan)[..., None] * total / count[..., None]
