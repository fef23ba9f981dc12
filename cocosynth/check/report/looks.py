"""How a picture looks, in a few numbers."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.core.values import Image

HUES = 12

PIXELS = 50_000
"""Enough to know the colours of a picture by; of more, every second one counts, or every third.

In both directions alike: the sharpness is that of all.
"""

_TWELFTHS = (((np.arange(256) + 180 // (2 * HUES)) % 180) * HUES // 180).astype(np.uint8)
"""The place of each hue of OpenCV, from 0 to 179, among twelve; red lies around 0."""


class Looks(NamedTuple):
    """Numbers of one picture.

    Attributes
    ----------
    brightness, contrast : float
        Mean and standard deviation of its grey levels, from 0 to 1.
    saturation : float
        Mean, from 0 to 1.
    sharpness : float
        Decimal logarithm of the variance of its Laplacian, the usual measure of blur; at least 0.
    hues : tuple of float
        How much of the colour there is of each twelfth of the hue circle, red first; they add up
        to 1, or are all 0 for a picture without colours.
    """

    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    hues: tuple[float, ...]


def looks_of(image: Image) -> Looks:
    """Measure a picture.

    Examples
    --------
    >>> looks_of(np.full((8, 8, 3), 255, np.uint8))[:4]
    (1.0, 0.0, 0.0, 0.0)
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    level, contrast = cv2.meanStdDev(grey)
    _, edges = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    step = max(1, int((grey.size / PIXELS) ** 0.5))
    sides = (-(-image.shape[1] // step), -(-image.shape[0] // step))
    some = image if step == 1 else cv2.resize(image, sides, interpolation=cv2.INTER_NEAREST)
    hue, saturation, value = cv2.split(cv2.cvtColor(some, cv2.COLOR_RGB2HSV))
    weights = cv2.multiply(saturation, value, dtype=cv2.CV_32F)
    hues = np.bincount(cv2.LUT(hue, _TWELFTHS).ravel(), weights.ravel(), minlength=HUES)
    return Looks(
        brightness=round(level.item() / 255, 4),
        contrast=round(contrast.item() / 255, 4),
        saturation=round(cv2.mean(saturation)[0] / 255, 4),
        sharpness=round(float(np.log10(1 + edges.item() ** 2)), 3),
        hues=tuple(np.round(hues / max(hues.sum(), 1), 4).tolist()),
    )
