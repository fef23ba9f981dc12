"""The colours of an object where they are mixed with those of its background."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Alpha, Image, Mask

Floats = NDArray[np.float32]

_LEAST = 1e-5
_AWAY = 0.7  # of the way to the mean of the sure colours, a band away from them
_SEEN = 1e-3  # the share of a box from which it has a mean colour


def object_colors(image: Image, alpha: Alpha, sure: Mask, *, band: int) -> NDArray[np.uint8]:
    """Estimate the colours that an object alone has.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    alpha : ndarray of uint8, shape (h, w)
    sure : ndarray of bool, shape (h, w)
        What is surely object.
    band : int
        How wide the rim is in which colours are mixed, in pixels.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)

    Notes
    -----
    M. Forte, "Approximate Fast Foreground Colour Estimation" (ICIP 2021): means over boxes,
    weighted by alpha, made to add up to the picture; over wide boxes, then over narrow ones. Where
    alpha is too large, colours of the background are left; so the farther a pixel is from what is
    surely object, the more it gets of the mean colour there.
    """
    seen, share = image.astype(np.float32), _floats(alpha) / np.float32(255)
    own, behind = seen, seen
    for radius in (6 * band, 2 * band):
        own, behind = _estimated(seen, own, behind, share, radius)
    known = _floats(sure)
    count = _mean(known, 2 * band)
    inner = _mean(seen * known, 2 * band) / (count + _LEAST)
    away = cv2.distanceTransform((~sure).view(np.uint8), cv2.DIST_L2, 5)
    weight = _floats(away * (_AWAY / band)).clip(0, 1) * (count > _SEEN)
    mixed = own + weight * (inner - own)
    return np.rint(mixed.clip(0, 255)).astype(np.uint8)


def _floats(values: NDArray[Any]) -> Floats:
    return values.astype(np.float32)[..., None]


def _estimated(
    seen: Floats, own: Floats, behind: Floats, share: Floats, radius: int
) -> tuple[Floats, Floats]:
    front = _mean(own * share, radius) / (_mean(share, radius) + _LEAST)
    back = _mean(behind * (1 - share), radius) / (_mean(1 - share, radius) + _LEAST)
    missing = seen - share * front - (1 - share) * back
    return (front + share * missing).clip(0, 255), back


def _mean(values: Floats, radius: int) -> Floats:
    side = 2 * radius + 1
    found = cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)
    return found if found.ndim == 3 else found[..., None]
