"""Segmentations as a few short rings, to be drawn over a picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from cocosynth.coco.masks import decode_in_box
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

RINGS = 24
"""Parts and holes drawn of an object, the largest."""

POINTS = 160
"""Drawn of a ring, at most."""


def rings_of(segmentation: Any, size: Size, scale: float = 1) -> list[list[int]]:
    """Return the outline of an object as rings [x, y, x, y, ...] through pixels of its border.

    Parameters
    ----------
    segmentation : list, dict or None
        Polygons or RLE, as COCO has them.
    size : tuple of int
        Height and width of the image.
    scale : float
        How much larger a pixel of the image is than one that is seen: what is finer is not drawn.

    Returns
    -------
    list of list of int
        Empty where there is no outline that can be read.

    Examples
    --------
    >>> rings_of([[2, 2, 6, 2, 6, 6, 2, 6]], (9, 9))
    [[2, 2, 2, 5, 5, 5, 5, 2]]
    """
    try:
        mask, place = decode_in_box(segmentation, size)
    except UnusableError:
        return []
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = sorted(found, key=cv2.contourArea, reverse=True)[:RINGS]
    corner = (place.left, place.top)
    return [(_simplified(ring, 0.6 * max(1, scale)) + corner).ravel().tolist() for ring in rings]


def _simplified(ring: Any, epsilon: float) -> Any:
    """Drop points until few are left."""
    points = cv2.approxPolyDP(ring, epsilon, closed=True)
    while len(points) > POINTS:
        epsilon *= 1.5
        points = cv2.approxPolyDP(ring, epsilon, closed=True)
    return points[:, 0]
