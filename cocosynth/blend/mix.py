"""The arithmetic all blend modes end in."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.structures import Alpha, Image


def mix(background: Image, foreground: Image, weight: Alpha) -> Image:
    """Return ``(weight * foreground + (255 - weight) * background) / 255``, rounded.

    Only the pixels that are neither one nor the other are computed.
    """
    mixed = background.copy()
    cv2.copyTo(foreground, (weight == 255).view(np.uint8), mixed)
    soft = (weight > 0) & (weight < 255)
    share = weight[soft].astype(np.uint16)[:, None]
    mixed[soft] = (foreground[soft] * share + background[soft] * (255 - share) + 127) // 255
    return mixed
