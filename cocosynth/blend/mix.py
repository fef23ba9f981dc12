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
    soft = np.flatnonzero(weight - np.uint8(1) < 254)  # 0 wraps around to 255
    share = weight.ravel()[soft].astype(np.uint16)[:, None]
    rim = foreground.reshape(-1, 3)[soft] * share
    rim += mixed.reshape(-1, 3)[soft] * (255 - share)
    mixed.reshape(-1, 3)[soft] = (rim + 127) // 255
    return mixed
