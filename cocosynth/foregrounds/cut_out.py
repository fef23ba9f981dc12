"""From a source image and what marks an object in it to an instance."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import borders_of
from cocosynth.core.mask_pictures import is_like_mask
from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Box, Image, Instance, Rgba, Size
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.plain_background import object_on_plain

MARGIN = 2
"""Transparent pixels around an instance, so that resampling finds its colours beyond its edge."""

EMPTY = "mask has no pixel"

_TRIMMED = 4  # pixels around an object, or a fiftieth of the picture: a soft edge, a frame


def cut_out(
    image: Image,
    alpha: Alpha,
    *,
    category: str,
    annotation_id: int | None = None,
    soft: bool = False,
    origin: tuple[int, int] = (0, 0),
) -> Instance:
    """Cut an object out of its source image.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    alpha : ndarray of uint8, shape (h, w)
        The object's mask is where it is at least 128. It may be smaller than the image: it is 0
        around its part of it.
    category : str
    annotation_id : int, optional
        Of an object whose outline a person drew.
    soft : bool
        What is fainter than its mask belongs to the instance, too.
    origin : tuple of int
        The row and the column of the image where the alpha begins.

    Raises
    ------
    UnusableError
        If the mask has no pixel.
    """
    mask = alpha >= ALPHA_THRESHOLD
    box = box_of(alpha > 0 if soft else mask)
    if box is None:
        raise UnusableError(EMPTY)
    region, size = box.moved(*origin).shrunk(-MARGIN), (image.shape[0], image.shape[1])
    inner = region.clipped(size)
    rgba = np.zeros((*region.size, 4), dtype=np.uint8)
    pixels = cv2.cvtColor(image[inner.slices], cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(_within(alpha, inner.moved(-origin[0], -origin[1])), pixels, 3)
    rgba[inner.moved(-region.top, -region.left).slices] = pixels
    rgba[0, :, 3] = rgba[-1, :, 3] = rgba[:, 0, 3] = rgba[:, -1, 3] = 0  # soft alpha reaches there
    area = int(np.count_nonzero(mask[box.slices]))
    return Instance(
        *(rgba, category, annotation_id, region, area),
        borders=borders_of(box.moved(*origin), size, drawn=annotation_id is not None),
        octagon=octagon_of(rgba[..., 3] >= (1 if soft else ALPHA_THRESHOLD)),
    )


def _within(alpha: Alpha, box: Box) -> Alpha:
    """Return the alpha in a box, 0 where that goes beyond it."""
    known = box.clipped((alpha.shape[0], alpha.shape[1]))
    if known == box:
        return alpha[box.slices]
    found = np.zeros(box.size, dtype=np.uint8)
    found[known.moved(-box.top, -box.left).slices] = alpha[known.slices]
    return found


def is_trimmed(box: Box, size: Size) -> bool:
    """Say whether a picture of this size was trimmed to the object in a box of it.

    Its borders then lie where the object ends, and cut nothing off.

    Examples
    --------
    >>> is_trimmed(Box(0, 0, 200, 98), (200, 100)), is_trimmed(Box(0, 0, 200, 70), (200, 100))
    (True, False)
    """
    most = max(_TRIMMED, max(size) // 50)
    gaps = (box.top, box.left, size[0] - box.bottom, size[1] - box.right)
    return max(gaps) <= most


class CutoutAlpha(NamedTuple):
    """The alpha of a cut-out, and whether its border is certain."""

    alpha: Alpha
    certain: bool = True


def alpha_of_cutout(rgba: Rgba, mask_rgba: Rgba | None, *, threshold: float) -> CutoutAlpha:
    """Find the object in a picture the user made for it.

    The mask file beside it counts, else its alpha channel where that says anything; a picture with
    neither must show the object before a plain background.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
        The picture, alpha 255 where the file has none.
    mask_rgba : ndarray of uint8, shape (h, w, 4), optional
        The mask file: the object is white, or the other colour in a file of black and one dark
        colour; grey is soft.
    threshold : float
        Of `object_on_plain`.

    Raises
    ------
    UnusableError
        If the mask is of another size, the picture itself is like a mask, or no object
        differs from its background.
    """
    if mask_rgba is not None:
        if mask_rgba.shape != rgba.shape:
            raise UnusableError("mask file is not of the picture's size")
        return CutoutAlpha(_alpha_of_mask(mask_rgba))
    if rgba[..., 3].min() < 255:
        return CutoutAlpha(rgba[..., 3].copy())
    if is_like_mask(rgba):
        raise UnusableError("picture has two colours only, as a mask has: it shows no object")
    mask, certain = object_on_plain(rgba[..., :3], threshold=threshold)
    return CutoutAlpha(np.where(mask, np.uint8(255), np.uint8(0)), certain)


def _alpha_of_mask(rgba: Rgba) -> Alpha:
    grey = (rgba[..., :3].max(axis=2) * (rgba[..., 3] > 0)).astype(np.uint8)
    brightest = grey.max()
    if brightest < ALPHA_THRESHOLD and ((grey == 0) | (grey == brightest)).all():
        return np.where(grey > 0, np.uint8(255), np.uint8(0))
    return grey
