"""Regions of pixels: what is connected, how they begin and end."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Mask

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
"""A pixel and the four beside it."""


_LOOKED_AT = 1_000_000  # pixels


def step_of(mask: Mask) -> int:
    """Return by how much a picture is made smaller to look at slopes.

    In large pictures the camera draws an edge over several pixels.
    """
    return max(1, round((mask.size / _LOOKED_AT) ** 0.5))


def shrunken(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Make an array smaller by averaging."""
    size = values.shape[1] // step, values.shape[0] // step
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def disk(radius: int) -> NDArray[np.uint8]:
    """Return a disk to open and widen masks by."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def reached(start: Mask, ground: Mask) -> Mask:
    """Return where one comes to from the start over the ground, from pixel side to pixel side.

    Examples
    --------
    >>> start = np.array([[True, False, False, False]])
    >>> reached(start, np.array([[False, True, False, True]]))
    array([[ True,  True, False, False]])
    """
    count, labels = cv2.connectedComponents((start | ground).view(np.uint8), connectivity=4)
    is_reached = np.zeros(count, dtype=bool)
    is_reached[labels[start]] = True
    return is_reached[labels]


def from_outside(ground: Mask) -> Mask:
    """Return where one comes to from outside of the picture over the ground."""
    framed = np.pad(ground, 1, constant_values=True)
    frame = np.zeros_like(framed)
    frame[[0, -1]] = frame[:, [0, -1]] = True
    return reached(frame, framed)[1:-1, 1:-1]


def outline_pixels(mask: Mask) -> Mask:
    """Return the pixels of a mask with one beside them that is not in it."""
    beside = cv2.dilate((~mask).view(np.uint8), CROSS).view(bool)
    return mask & beside


def without_specks(mask: Mask, share: float) -> Mask:
    """Take away the parts of a mask that are smaller than a share of its largest."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    areas[0] = 0
    return (areas >= share * areas.max())[labels] & mask
