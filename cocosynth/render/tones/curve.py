"""A curve from each level of a channel to another."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Image


def through_curve(image: Image, levels: NDArray[np.float64]) -> Image:
    """Give every channel the level that stands at its own, rounded and kept within 0 to 255.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    levels : ndarray of float, shape (256,)
    """
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    changed: Image = cv2.LUT(image, table)
    return changed
