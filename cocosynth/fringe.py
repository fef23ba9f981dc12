"""Colours at the rim of an object, where the camera mixed it with its background."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.structures import ALPHA_THRESHOLD, Image, Mask, Rgba


def spread_colors(image: Image, known: Mask, *, reach: float | None = None) -> Image:
    """Replace the colours outside of a mask by those of its nearest pixels.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    known : ndarray of bool, shape (h, w)
        Where the colours are right; they stay as they are.
    reach : float, optional
        Farther than this from a known pixel, in pixels, the colours stay too.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        A new array; a copy of `image` where nothing is known.

    Notes
    -----
    Distances are those of the 5x5 chamfer mask of `cv2.distanceTransform` (Borgefors 1986).
    """
    if not known.any():
        return image.copy()
    distances, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colors = np.zeros((int(nearest.max()) + 1, 3), dtype=np.uint8)
    colors[nearest[known]] = image[known]
    spread = colors[nearest]
    return spread if reach is None else np.where((distances <= reach)[..., None], spread, image)


def without_halo(rgba: Rgba) -> Rgba:
    """Give transparent pixels the colours of the object, so that resampling mixes in no others."""
    mask = rgba[..., 3] >= ALPHA_THRESHOLD
    return np.dstack((spread_colors(rgba[..., :3], mask), rgba[..., 3]))


def without_rim(rgba: Rgba, *, width: int) -> Rgba:
    """Give the outermost pixels of the object, too, the colours found farther inside.

    Outlines drawn by people run a pixel or two outside of the object as often as inside, and a
    camera mixes both colours there. Parts so thin that nothing lies farther inside keep theirs.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
    width : int
        Of the rim, in pixels of the source image.
    """
    mask = rgba[..., 3] >= ALPHA_THRESHOLD
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    inside = cv2.erode(mask.astype(np.uint8), disk, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    cleaned = spread_colors(rgba[..., :3], inside.astype(bool), reach=1.5 * width + 1)
    return without_halo(np.dstack((cleaned, rgba[..., 3])))
