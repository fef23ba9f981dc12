"""How a picture looks, in a few numbers."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.core.values import Image

HUES = 12


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
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    edges = cv2.Laplacian(grey, cv2.CV_32F)
    turned = (hsv[..., 0].astype(np.int64) + 180 // (2 * HUES)) % 180  # red lies around 0
    weights = hsv[..., 1].astype(np.float64) * hsv[..., 2]
    hues = np.bincount((turned * HUES // 180).ravel(), weights.ravel(), minlength=HUES)
    return Looks(
        brightness=round(float(grey.mean()) / 255, 4),
        contrast=round(float(grey.std()) / 255, 4),
        saturation=round(float(hsv[..., 1].mean()) / 255, 4),
        sharpness=round(float(np.log10(1 + edges.var())), 3),
        hues=tuple(np.round(hues / max(hues.sum(), 1), 4).tolist()),
    )
