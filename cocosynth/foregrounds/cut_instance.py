"""From the pixels of a photograph to one of its instances, wanted and ready to be pasted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cocosynth.coco.keypoints import read_keypoints
from cocosynth.core import images
from cocosynth.core.errors import UnusableError
from cocosynth.core.mask_pictures import read_mask
from cocosynth.core.values import ALPHA_THRESHOLD, Borders, Image, Instance, Photo, Rgba
from cocosynth.foregrounds.cut_out import EMPTY, MARGIN, alpha_of_cutout, cut_out, is_trimmed
from cocosynth.foregrounds.matting.matted import matted
from cocosynth.foregrounds.own_keypoints import own_keypoints
from cocosynth.foregrounds.photo_masks import PhotoMasks
from cocosynth.foregrounds.sharpness import sharpness
from cocosynth.foregrounds.wanted import refuse_unwanted
from cocosynth.foregrounds.wholeness import Region, surroundings, whole_instance
from cocosynth.sources.catalogue import Cut


def open_photo(photo: Photo, cut: Cut) -> Image | Rgba:
    """Read a photo the way its instances are cut out: with alpha if it was made for that."""
    if cut.annotation is None:
        return images.read_rgba(photo.path, photo.reading)
    return images.read_image(photo.path, upright=photo.upright, reading=photo.reading)


def cut_instance(pixels: Image | Rgba, cut: Cut, masks: PhotoMasks | None = None) -> Instance:
    """Cut one instance out of the pixels of its photo.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w, 3) or (h, w, 4)
    cut : Cut
    masks : PhotoMasks, optional
        Of the photo, where several are cut out of it.

    Raises
    ------
    UnusableError
        If it cannot be, or is not wanted.
    """
    size = (pixels.shape[0], pixels.shape[1])
    masks = masks or PhotoMasks(cut.beside, size)
    if cut.annotation is None:
        mask_rgba = read_mask(cut.mask_path) if cut.mask_path else None
        alpha, certain = alpha_of_cutout(pixels, mask_rgba, threshold=cut.background_threshold)
        instance = cut_out(pixels[..., :3], alpha, category=cut.category)
    else:
        instance, certain = _cut_out_annotated(pixels, cut, masks.region(cut.annotation)), True
    instance = instance if certain else replace(instance, certain=False)
    if cut.annotation is None and is_trimmed(instance.box.shrunk(MARGIN), size):
        instance = replace(instance, borders=Borders(), whole=1.0)
    else:
        near = masks.others(cut.annotation, surroundings(instance.box, size))
        instance = whole_instance(instance, near, size)
    instance = replace(instance, sharpness=sharpness(instance.rgba), distracts=cut.distracts)
    refuse_unwanted(instance, cut)
    points = read_keypoints(cut.annotation)
    if points:
        instance = replace(instance, keypoints=own_keypoints(points, instance, size))
    if cut.matte != "none":
        instance = matted(instance, pixels[..., :3], masks.others(cut.annotation), cut.matte)
    return instance


def _cut_out_annotated(pixels: Image, cut: Cut, region: Region | None) -> Instance:
    if region is None or cut.annotation is None:
        raise UnusableError(EMPTY)
    return cut_out(
        *(pixels, region.mask.view(np.uint8) * np.uint8(255)),
        category=cut.category,
        annotation_id=cut.annotation.id,
        origin=(region.box.top, region.box.left),
    )


def pixels_of(instance: Instance) -> int:
    """Count the pixels of the mask of an instance, a matte included."""
    return int(np.count_nonzero(instance.rgba[..., 3] >= ALPHA_THRESHOLD))
