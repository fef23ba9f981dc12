"""What a shadow is: how dark it makes which pixels."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.core.values import Alpha, Box, Image, Size

_COARSE = 8.0  # pixels: a blur of this sigma and more is computed on fewer pixels


class Shade(NamedTuple):
    """A shadow.

    Attributes
    ----------
    darkness : ndarray of uint8, shape (h, w)
        0 leaves a pixel as it is, 255 makes it black.
    row, col : int
        Where its first pixel lies, seen from the first pixel of the mask that casts it.
    """

    darkness: Alpha
    row: int
    col: int


NO_SHADE = Shade(np.zeros((0, 0), dtype=np.uint8), 0, 0)


def softened(shape: Alpha, sigma: float, row: int, col: int) -> Shade:
    """Blur a shape that lies at a row and a column; it grows on all sides."""
    block = max(1, int(sigma / (_COARSE / 2))) if sigma >= _COARSE else 1
    pad = math.ceil(3 * sigma) + 1
    pad += -pad % block
    height, width = shape.shape
    down, across = -height % block, -width % block
    padded = cv2.copyMakeBorder(
        shape, pad, pad + down, pad, pad + across, cv2.BORDER_CONSTANT, value=0
    )
    size = (padded.shape[1], padded.shape[0])
    if block > 1:
        few = (size[0] // block, size[1] // block)
        padded = cv2.resize(padded, few, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(padded, (0, 0), sigma / block) if sigma > 0.1 else padded
    if block > 1:
        soft = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)
    return Shade(soft, row - pad, col - pad)


def darken(image: Image, shade: Shade, region: Box) -> None:
    """Let a shadow fall on an image, in place.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    shade : Shade
    region : Box
        Where the mask lies that casts it.
    """
    height, width = shade.darkness.shape
    top, left = region.top + shade.row, region.left + shade.col
    place = Box(top, left, top + height, left + width)
    size: Size = (image.shape[0], image.shape[1])
    seen = place.clipped(size)
    if not min(seen.size):
        return
    light = cv2.bitwise_not(shade.darkness[seen.moved(-top, -left).slices])
    part = image[seen.slices]
    part[:] = cv2.multiply(part, cv2.merge([light] * 3), scale=1 / 255)
