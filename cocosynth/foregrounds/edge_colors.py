"""Colours at the rim of an object, where the camera mixed it with its background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import ALPHA_THRESHOLD, Mask, Rgba


def spread_colors(rgba: Rgba, known: Mask) -> Rgba:
    """Give every pixel outside of a mask the colour of its nearest pixel there.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
    known : ndarray of bool, shape (h, w)
        Where the colours are right; they stay as they are.

    Returns
    -------
    ndarray of uint8, shape (h, w, 4)
        A new array with the alpha of `rgba`; a copy of it where nothing is known.

    Notes
    -----
    Distances are those of the 5x5 chamfer mask of `cv2.distanceTransform` (Borgefors 1986).
    """
    return _spread(rgba, known, _nearest(known)[1]) if known.any() else rgba.copy()


def _nearest(known: Mask) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the distance of every pixel to the nearest known one, and that one's number."""
    return cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )


def _spread(rgba: Rgba, known: Mask, nearest: NDArray[np.int32]) -> Rgba:
    spread = np.array(rgba)
    pixels = spread.view(np.uint32)[..., 0]  # four bytes at a time
    colors = np.zeros(int(nearest.max()) + 1, dtype=np.uint32)
    colors[nearest[known]] = pixels[known]
    others = ~known
    pixels[others] = colors[nearest[others]]
    cv2.insertChannel(cv2.extractChannel(rgba, 3), spread, 3)
    return spread


def without_halo(rgba: Rgba) -> Rgba:
    """Give transparent pixels the colours of the object, so that resampling mixes in no others."""
    return spread_colors(rgba, rgba[..., 3] >= ALPHA_THRESHOLD)


def without_rim(rgba: Rgba, *, width: int) -> Rgba:
    """Give the outermost pixels of the object, too, the colours found farther inside.

    Outlines drawn by people run a pixel or two outside of the object as often as inside, and a
    camera mixes both colours there. Parts so thin that nothing lies farther inside keep theirs.
    The colours of the nearest pixels would run out in streaks; they are smoothed by a Gaussian half
    as wide as the rim.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
    width : int
        Of the rim, in pixels of the source image.
    """
    mask = rgba[..., 3] >= ALPHA_THRESHOLD
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    inside = cv2.erode(mask.view(np.uint8), disk, borderValue=1).view(bool)
    if not inside.any():
        return spread_colors(rgba, mask)
    distances, nearest = _nearest(inside)
    thin = mask & (distances > 1.5 * width + 1)
    known = inside | thin
    spread = spread_colors(rgba, known) if thin.any() else _spread(rgba, inside, nearest)
    return _smoothed(spread, known, sigma=width / 2) if width else spread


def _smoothed(rgba: Rgba, known: Mask, *, sigma: float) -> Rgba:
    """Smooth the colours, but for those that are known."""
    soft = cv2.GaussianBlur(rgba, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    cv2.copyTo(rgba, known.view(np.uint8), soft)
    cv2.insertChannel(cv2.extractChannel(rgba, 3), soft, 3)
    return soft
