"""Masks as one ring each, for formats that know neither holes nor parts."""

from __future__ import annotations

import cv2
import numpy as np


def outline(mask: np.ndarray) -> np.ndarray:
    """Return one ring, through the centres of pixels as ultralytics draws it.

    Holes and parts are joined to it by a line that is walked twice. Drawn with its border, the ring
    gives the mask again, and a line of pixels between parts.

    Parameters
    ----------
    mask : ndarray of uint8, shape (h, w)
        1 where the object is; it has a pixel.

    Returns
    -------
    ndarray of float, shape (n, 2)
        Points (x, y), at least three.

    Examples
    --------
    >>> outline(np.ones((2, 2), np.uint8)).tolist()
    [[0.5, 0.5], [0.5, 1.5], [1.5, 1.5], [1.5, 0.5]]
    """
    rings, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    path, *others = (ring[:, 0].astype(np.float32) for ring in rings)
    for ring in others:  # go there where it is nearest, around it, and back
        distances, places = cv2.batchDistance(path, ring, cv2.CV_32F, K=1)
        here = distances.argmin()
        ring = np.roll(ring, -places[here, 0], axis=0)
        path = np.concatenate([path[: here + 1], ring, ring[:1], path[here:]])
    if len(path) < 3:
        (x0, y0), (x1, y1) = path.min(axis=0) - 0.25, path.max(axis=0) + 0.25
        path = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return path + 0.5
