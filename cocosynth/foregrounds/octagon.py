"""Eight corners that hold a mask: enough to know where it lies once it is warped."""

from __future__ import annotations

import numpy as np

from cocosynth.core.values import Mask, Octagon

REACH = 1
"""Pixels around the mask that the outline holds as well: bilinear resampling fades out there."""


def octagon_of(mask: Mask) -> Octagon:
    """Return the corners of the smallest octagon around a mask, sides straight or diagonal.

    Parameters
    ----------
    mask : ndarray of bool, shape (h, w)
        With a pixel at least.

    Returns
    -------
    tuple of (x, y)
        In order around the mask; some may coincide.

    Examples
    --------
    >>> octagon_of(np.ones((2, 3), dtype=bool))[:3]
    ((-1, -1), (-1, 3), (-1, 3))
    """
    rows = np.flatnonzero(mask.any(axis=1))
    first = mask[rows].argmax(axis=1)
    last = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    left, right = int(first.min()) - REACH, int(last.max()) + REACH
    top, bottom = int(rows[0]) - REACH, int(rows[-1]) + 1 + REACH
    rising = int((first + rows).min()) - 2 * REACH, int((last + rows).max()) + 1 + 2 * REACH
    falling = int((first - rows).min()) - 1 - 2 * REACH, int((last - rows).max()) + 2 * REACH
    return (
        (left, rising[0] - left),
        (left, left - falling[0]),
        (bottom + falling[0], bottom),
        (rising[1] - bottom, bottom),
        (right, rising[1] - right),
        (right, right - falling[1]),
        (top + falling[1], top),
        (rising[0] - top, top),
    )
