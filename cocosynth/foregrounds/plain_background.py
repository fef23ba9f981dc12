"""Separate an object from the plain background it was photographed on."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Image, Mask
from cocosynth.foregrounds.regions import CROSS, disk, from_outside, without_specks
from cocosynth.foregrounds.soft_border import weak_share
from cocosynth.foregrounds.soft_shadow import Lab, find_shadow

_PLAIN = 0.75  # the share of the image's border that must be background
_SPECK = 0.002  # parts smaller than this share of the object are dust
_THIN = 3  # pixels: half the width below which parts are thin
_MIXED = 0.4  # of the object's distance from the background: half of such a pixel is object
_WEAK = 0.08  # the share of an outline without a clear step that makes it uncertain
_DOUBTFUL = 0.05  # the share of an object that may be shadow
_BOTH = 0.5  # the share that surely holds a shadow, and does not differ from it
_TAKEN = 0.4  # the share that was taken for shadow
_ALL = 0.95  # the same, where there is no shadow but a faint object


class PlainObject(NamedTuple):
    """What was found.

    Attributes
    ----------
    mask : ndarray of bool, shape (h, w)
    certain : bool
        Whether its border can be seen.
    """

    mask: Mask
    certain: bool


def object_on_plain(image: Image, *, threshold: float) -> PlainObject:
    """Find the object in front of a background of one colour.

    The background is what can be reached from the image's border through pixels of its colour, so
    a spot of that colour inside the object stays object. A soft shadow is background as well. The
    outermost ring of pixels, where the camera mixed object and background, is given to the
    background, except on parts so thin that little would be left of them.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    threshold : float
        How far a background pixel's colour may be from the background's: CIELAB distance (CIE 1976
        Delta E), where 2.3 is just noticeable and 100 is black to white.

    Raises
    ------
    UnusableError
        If the border of the image is not one plain colour, no object stands before it, or most of
        it may be shadow.
    """
    from skimage import color

    lab = color.rgb2lab(image).astype(np.float32)
    border = np.concatenate((lab[0], lab[-1], lab[1:-1, 0], lab[1:-1, -1]))
    plain = np.median(border, axis=0)
    if (np.linalg.norm(border - plain, axis=1) <= threshold).mean() < _PLAIN:
        raise UnusableError("background is not plain, and it has neither alpha nor a mask file")
    distance = np.linalg.norm(lab - plain, axis=2)
    background = from_outside(distance <= threshold)
    if background.all():
        raise UnusableError("object does not stand out (see background_threshold)")
    shadow = find_shadow(lab, plain, background, threshold=threshold)
    area = np.count_nonzero(~background)
    taken, doubtful, both = (float(np.count_nonzero(part) / area) for part in shadow)
    if both > _BOTH:
        raise UnusableError("object does not differ from its shadow")
    shown = ~background if taken > _ALL else ~(background | shadow.mask)
    mask = _without_ring(without_specks(shown, _SPECK), distance)
    certain = taken < _TAKEN and doubtful < _DOUBTFUL and weak_share(lab, mask) < _WEAK
    return PlainObject(mask, certain)


def _without_ring(mask: Mask, distance: Lab) -> Mask:
    """Take off the outermost ring of pixels, but for thin parts: there, those of mixed colour."""
    framed = np.pad(mask, 1, mode="edge").view(np.uint8)
    core = cv2.erode(framed, CROSS)[1:-1, 1:-1].astype(bool)
    thin = _thin_parts(mask)
    brightest = cv2.dilate(distance * mask, disk(2))  # that of the object itself
    kept = core | (thin & (distance >= _MIXED * brightest))
    return kept if kept.any() else mask


def _thin_parts(mask: Mask) -> Mask:
    """Return the parts into which no disk fits, and that are more than a bump of the outline."""
    pad = _THIN + 1
    framed = np.pad(mask, pad, mode="edge").view(np.uint8)
    opened = cv2.morphologyEx(framed, cv2.MORPH_OPEN, disk(_THIN))[pad:-pad, pad:-pad].astype(bool)
    thin = mask & ~opened
    if not thin.any():
        return thin
    away = cv2.distanceTransform((~opened).view(np.uint8), cv2.DIST_L2, 3)
    _, labels = cv2.connectedComponents(thin.view(np.uint8), connectivity=8)
    is_long = np.zeros(int(labels.max()) + 1, dtype=bool)
    is_long[labels[thin & (away >= _THIN)]] = True
    return is_long[labels] & thin
