"""Separate an object from the plain background it was photographed on."""

from __future__ import annotations

import numpy as np

from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Image, Mask

_PLAIN = 0.75  # the share of the image's border that must be background
_SPECK = 0.002  # parts smaller than this share of the object are dust


def object_on_plain(image: Image, *, threshold: float) -> Mask:
    """Find the object in front of a background of one colour.

    The background is what can be reached from the image's border through pixels of its colour, so
    a spot of that colour inside the object stays object. The outermost ring of pixels, where the
    camera mixed object and background, is given to the background.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    threshold : float
        How far a background pixel's colour may be from the background's: CIELAB distance (CIE 1976
        Delta E), where 2.3 is just noticeable and 100 is black to white.

    Returns
    -------
    ndarray of bool, shape (h, w)

    Raises
    ------
    UnusableError
        If the border of the image is not one plain colour, or no object stands before it.
    """
    from skimage import color, measure, morphology

    lab = color.rgb2lab(image)
    border = np.concatenate((lab[0], lab[-1], lab[1:-1, 0], lab[1:-1, -1]))
    plain = np.median(border, axis=0)
    if (np.linalg.norm(border - plain, axis=1) <= threshold).mean() < _PLAIN:
        raise UnusableError("background is not plain, and it has neither alpha nor a mask file")
    like_background = np.linalg.norm(lab - plain, axis=2) <= threshold
    framed = np.pad(like_background, 1, constant_values=True)
    reached = measure.label(framed, connectivity=1)
    mask = (reached != reached[0, 0])[1:-1, 1:-1]
    if not mask.any():
        raise UnusableError("object does not stand out (see background_threshold)")
    mask = _without_specks(mask, measure.label(mask, connectivity=2))
    core = morphology.erosion(np.pad(mask, 1, mode="edge"), morphology.disk(1))[1:-1, 1:-1]
    return core if core.any() else mask


def _without_specks(mask: Mask, parts: np.ndarray) -> Mask:
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    return (areas >= _SPECK * areas.max())[parts] & mask
