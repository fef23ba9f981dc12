"""The arithmetic all blend modes end in."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.core.values import Alpha, Bgr, Image, Rgba

_RGB = (cv2.COLOR_RGB2RGBA, cv2.COLOR_RGBA2RGB)
_BGR = (cv2.COLOR_BGR2RGBA, cv2.COLOR_RGBA2BGR)
_FOUR_TIMES = np.uint32(0x01010101)


def mix(canvas: Image | Bgr, foreground: Rgba, weight: Alpha, *, bgr: bool = False) -> None:
    """Set the canvas to ``(weight * foreground + (255 - weight) * canvas) / 255``, rounded.

    Only the pixels that are neither one nor the other are computed, and gathered four bytes at a
    time; the alpha of the foreground does not count.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (h, w, 3)
        Changed in place; it may be a part of a larger one.
    foreground : ndarray of uint8, shape (h, w, 4)
    weight : ndarray of uint8, shape (h, w)
        Contiguous.
    bgr : bool
        The canvas is in BGR.
    """
    there, back = _BGR if bgr else _RGB
    mixed = cv2.cvtColor(canvas, there)
    cv2.copyTo(foreground, (weight == 255).view(np.uint8), mixed)
    weights, pixels = weight.ravel(), mixed.view(np.uint32).ravel()
    soft = (weights - np.uint8(1) < 254).nonzero()[0]  # 0 wraps around to 255
    share = (weights[soft] * _FOUR_TIMES).view(np.uint8)  # once for each channel
    rim = foreground.view(np.uint32).ravel()[soft].view(np.uint8).astype(np.uint16)
    rim *= share
    rim += pixels[soft].view(np.uint8) * (255 - share).astype(np.uint16)
    rim += 127
    rim //= 255
    pixels[soft] = rim.astype(np.uint8).view(np.uint32)
    cv2.cvtColor(mixed, back, dst=canvas)
