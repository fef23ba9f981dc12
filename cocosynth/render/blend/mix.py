"""The arithmetic all blend modes end in."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Alpha, Image, Rgba


def mix(canvas: Image, foreground: Rgba, weight: Alpha) -> None:
    """Set the canvas to ``(weight * foreground + (255 - weight) * canvas) / 255``, rounded.

    Only the pixels that are neither one nor the other are computed, and gathered four bytes at a
    time; the alpha of the foreground does not count.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (h, w, 3)
        Changed in place.
    foreground : ndarray of uint8, shape (h, w, 4)
        Contiguous.
    weight : ndarray of uint8, shape (h, w)
        Contiguous.
    """
    mixed = cv2.cvtColor(canvas, cv2.COLOR_RGB2RGBA)
    cv2.copyTo(foreground, (weight == 255).view(np.uint8), mixed)
    soft = np.flatnonzero(weight - np.uint8(1) < 254)  # 0 wraps around to 255
    share = weight.ravel()[soft].astype(np.uint16)[:, None]
    pixels = mixed.view(np.uint32).ravel()
    rim = _channels(foreground.view(np.uint32).ravel()[soft]) * share
    rim += _channels(pixels[soft]) * (255 - share)
    pixels[soft] = ((rim + 127) // 255).astype(np.uint8).view(np.uint32).ravel()
    cv2.cvtColor(mixed, cv2.COLOR_RGBA2RGB, dst=canvas)


def _channels(pixels: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return pixels.view(np.uint8).reshape(-1, 4)
