"""How sharp an object is in its photograph."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import ALPHA_THRESHOLD, Rgba

Floats = NDArray[np.float32]

_WIDTH = 11  # pixels of the blur that what is blurred already hardly notices
_LINES = 64  # in each direction, about, that are enough to judge by


def sharpness(rgba: Rgba) -> float:
    """Return how sharp an instance is, from 0 to 1.

    It is blurred along rows, and along columns, and what it loses of the differences between
    neighbours is summed up over its mask: a sharp picture loses most of them, a blurred one few.
    The direction that loses less counts. Where all neighbours are alike nothing can be lost, and
    the instance is sharp.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)

    Returns
    -------
    float

    Notes
    -----
    F. Crete, T. Dolmiere, P. Ladret and M. Nicolas, "The Blur Effect" (2007): 1 less that measure,
    over the pixels of the mask; of large objects every so many lines are looked at.

    Examples
    --------
    >>> stripes = np.full((40, 40, 4), 255, dtype=np.uint8)
    >>> stripes[::2, :, :3] = stripes[:, ::2, :3] = 0
    >>> sharpness(stripes) > 0.8
    True
    """
    grey = cv2.cvtColor(rgba, cv2.COLOR_RGBA2GRAY).astype(np.float32)
    weight = (rgba[..., 3] >= ALPHA_THRESHOLD).astype(np.float32)
    grey = cv2.multiply(grey, weight)
    return min(_lost(grey, weight), _lost(cv2.transpose(grey), cv2.transpose(weight)))


def _lost(grey: Floats, weight: Floats) -> float:
    """Return the share of the differences along columns that a blur along them takes away."""
    if len(grey) < 2:
        return 1.0
    step = max(1, grey.shape[1] // _LINES)
    grey, weight = (np.ascontiguousarray(values[:, ::step]) for values in (grey, weight))
    total, count = (
        cv2.blur(values, (1, _WIDTH), borderType=cv2.BORDER_CONSTANT) for values in (grey, weight)
    )
    blurred = cv2.divide(total, cv2.max(count, 1e-6))
    both = cv2.multiply(weight[1:], weight[:-1])
    before = cv2.multiply(cv2.absdiff(grey[1:], grey[:-1]), both)
    after = cv2.multiply(cv2.absdiff(blurred[1:], blurred[:-1]), both)
    whole = cv2.sumElems(before)[0]
    return float(cv2.sumElems(cv2.max(before - after, 0.0))[0]) / whole if whole else 1.0
