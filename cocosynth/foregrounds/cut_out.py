"""From a source image and what marks an object in it to an instance."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Borders, Box, Image, Instance, Rgba, Size
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.plain_background import object_on_plain

MARGIN = 2
"""Transparent pixels around an instance, so that resampling finds its colours beyond its edge."""

_BORDER_GAP = 1  # outlines that people drew end up to a pixel short of the image's border


def cut_out(
    image: Image, alpha: Alpha, *, category: str, annotation_id: int | None = None
) -> Instance:
    """Cut an object out of its source image.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    alpha : ndarray of uint8, shape (h, w)
        The object's mask is where it is at least 128.
    category : str
    annotation_id : int, optional

    Raises
    ------
    UnusableError
        If the mask has no pixel.
    """
    mask = alpha >= ALPHA_THRESHOLD
    box = box_of(mask)
    if box is None:
        raise UnusableError("mask has no pixel")
    region = Box(box.top - MARGIN, box.left - MARGIN, box.bottom + MARGIN, box.right + MARGIN)
    inner = region.clipped(mask.shape)
    rgba = np.zeros((*region.size, 4), dtype=np.uint8)
    pixels = cv2.cvtColor(image[inner.slices], cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(alpha[inner.slices], pixels, 3)
    rgba[inner.moved(-region.top, -region.left).slices] = pixels
    rgba[0, :, 3] = rgba[-1, :, 3] = rgba[:, 0, 3] = rgba[:, -1, 3] = 0  # soft alpha reaches there
    area = int(np.count_nonzero(mask[box.slices]))
    return Instance(
        *(rgba, category, annotation_id, region, area),
        borders=_borders(box, mask.shape),
        octagon=octagon_of(rgba[..., 3] >= ALPHA_THRESHOLD),
    )


def _borders(box: Box, size: Size) -> Borders:
    return Borders(
        top=box.top <= _BORDER_GAP,
        left=box.left <= _BORDER_GAP,
        bottom=box.bottom >= size[0] - _BORDER_GAP,
        right=box.right >= size[1] - _BORDER_GAP,
    )


def alpha_of_cutout(rgba: Rgba, mask_rgba: Rgba | None, *, threshold: float) -> Alpha:
    """Find the object in a picture the user made for it.

    The mask file beside it counts, else its alpha channel where that says anything; a picture with
    neither must show the object before a plain background.

    Parameters
    ----------
    rgba : ndarray of uint8, shape (h, w, 4)
        The picture, alpha 255 where the file has none.
    mask_rgba : ndarray of uint8, shape (h, w, 4), optional
        The mask file: the object is white, or 1 in a file of zeros and ones; grey is soft.
    threshold : float
        Of `object_on_plain`.

    Raises
    ------
    UnusableError
        If the mask is of another size, or no object differs from its background.
    """
    if mask_rgba is not None:
        if mask_rgba.shape != rgba.shape:
            raise UnusableError("mask file is not of the picture's size")
        grey = (mask_rgba[..., :3].max(axis=2) * (mask_rgba[..., 3] > 0)).astype(np.uint8)
        return grey if grey.max() > 1 else grey * np.uint8(255)
    if rgba[..., 3].min() < 255:
        return rgba[..., 3].copy()
    mask = object_on_plain(rgba[..., :3], threshold=threshold)
    return np.where(mask, np.uint8(255), np.uint8(0))
