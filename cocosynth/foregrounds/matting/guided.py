"""A matte by a filter that the picture guides: fast, for edges and short hair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Alpha, Image, Mask
from cocosynth.foregrounds.matting.colors import object_colors
from cocosynth.foregrounds.matting.trimap import BACKGROUND, OBJECT, UNKNOWN

Floats = NDArray[np.float32]

_EPSILON = 1e-4  # of colours from 0 to 1: slopes below are taken to be noise
_TRUST = 0.08  # the weight of an unknown pixel, beside 1 of one that is known
_GUESS, _CLEAR = 0.25, 0.6  # shares of the variance: colours that tell nothing, and all
_SOFT = 0.7  # pixels: the standard deviation of the edge where colours tell nothing
_UNSURE = 0.2  # alphas so near to 0 or 1 are: colours that are alike leave a haze


def guided(image: Image, mask: Mask, trimap: Alpha, band: int) -> tuple[Alpha, NDArray[np.uint8]]:
    """Return the alpha and the colours of an object.

    Notes
    -----
    K. He, J. Sun and X. Tang, "Guided Image Filtering" (ECCV 2010), the filter for colour images:
    in each box alpha is a linear function of the colour, and each pixel gets the mean of all
    boxes over it. Here a box is fitted to the pixels that the trimap knows; those that it does not
    know count little, as the mask has them. Where colours do not tell the object from what is
    around it (a black hat before black), the edge of the mask stays, a little softened.
    """
    guide = image.astype(np.float32) / np.float32(255)
    wanted = mask.astype(np.float32)
    trust = np.where(trimap == UNKNOWN, np.float32(_TRUST), np.float32(1))
    found, told = guided_filter(guide, wanted, trust, radius=band + 1, epsilon=_EPSILON)
    sure = (found - _UNSURE) / (1 - 2 * _UNSURE)
    known = ((told - _GUESS) / (_CLEAR - _GUESS)).clip(0, 1)
    edge = cv2.GaussianBlur(wanted, (0, 0), _SOFT)
    alpha = np.rint((known * sure.clip(0, 1) + (1 - known) * edge) * 255).astype(np.uint8)
    alpha[trimap == OBJECT], alpha[trimap == BACKGROUND] = 255, 0
    return alpha, object_colors(image, alpha, trimap == OBJECT, band=band)


def guided_filter(
    guide: Floats, wanted: Floats, trust: Floats, *, radius: int, epsilon: float
) -> tuple[Floats, Floats]:
    """Smooth an array so that its edges are those of a guide.

    Parameters
    ----------
    guide : ndarray of float32, shape (h, w, 3)
    wanted : ndarray of float32, shape (h, w)
    trust : ndarray of float32, shape (h, w)
        The weight of each pixel.
    radius : int
        Of the boxes.
    epsilon : float
        The larger it is, the smoother the result.

    Returns
    -------
    smoothed, told : ndarray of float32, shape (h, w)
        The array, and how much of its variance the guide tells, from 0 to 1.
    """

    def mean(values: Floats) -> Floats:
        return cv2.blur(values, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    weight = np.maximum(mean(trust), np.float32(1e-6))
    center = mean(guide * trust[..., None]) / weight[..., None]
    level = mean(wanted * trust) / weight
    together = mean(guide * (wanted * trust)[..., None]) / weight[..., None]
    covariance = together - center * level[..., None]
    spread = np.empty((*wanted.shape, 3, 3), dtype=np.float32)
    for i in range(3):
        for j in range(i, 3):
            product = mean(guide[..., i] * guide[..., j] * trust) / weight
            spread[..., i, j] = spread[..., j, i] = product - center[..., i] * center[..., j]
        spread[..., i, i] += epsilon
    slope = np.linalg.solve(spread, covariance[..., None])[..., 0].astype(np.float32)
    offset = level - (slope * center).sum(axis=2)
    result: Floats = (mean(slope) * guide).sum(axis=2) + mean(offset)
    variance = np.maximum(mean(wanted * wanted * trust) / weight - level * level, np.float32(1e-6))
    told: Floats = mean((slope * covariance).sum(axis=2) / variance)
    return result, told
