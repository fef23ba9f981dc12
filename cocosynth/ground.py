"""The canvas before anything is pasted: which pixels its own annotations claim."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cocosynth import masks
from cocosynth.coco import segmentation_of
from cocosynth.errors import UnusableError
from cocosynth.sources import BackgroundPhoto
from cocosynth.structures import ALPHA_THRESHOLD, Background, Image, Labels, Layer, Mask, Size

MAX_ANNOTATIONS = 60_000
"""Of one background: with what may be pasted on them they must fit into a 16-bit label image."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A background's annotations as layers of a label image.

    Where annotations overlap, the smaller lies on top (a tie on its wearer) and crowds lie below
    all others, so that visible masks are disjoint.
    """

    labels: Labels
    layers: tuple[Layer, ...]
    empty: int = 0  # annotations without a pixel in their own image: nobody can see them

    def visible_areas(self) -> list[int]:
        """Return how many pixels each layer shows, in order."""
        return [
            int(np.count_nonzero(self.labels[layer.box.slices] == number))
            for number, layer in enumerate(self.layers, start=1)
        ]


def lay_ground(
    photo: BackgroundPhoto, photo_size: Size, background: Background, size: Size
) -> Ground:
    """Carry the annotations of a background into the canvas.

    Parameters
    ----------
    photo : BackgroundPhoto
    photo_size, size : tuple of int
        Height and width of the photo and of the canvas.
    background : Background
        The crop.

    Raises
    ------
    UnusableError
        If an annotation's segmentation cannot be read, or there are more than can be numbered:
        what they show would go unlabelled.
    """
    if len(photo.annotations) > MAX_ANNOTATIONS:
        raise UnusableError(f"annotations are more than {MAX_ANNOTATIONS}")
    labels = np.zeros(size, dtype=np.uint16)
    found, empty = [], 0
    for annotation, category_id in zip(photo.annotations, photo.category_ids, strict=True):
        mask = masks.decode(segmentation_of(annotation), photo_size)
        empty += not mask.any()
        shown = _fitted_mask(mask, background, size)
        full_area = round(np.count_nonzero(mask) * _magnification(background, size))
        box = masks.box_of(shown)
        if box is not None:
            layer = Layer(
                category_id=category_id,
                full_area=max(full_area, int(np.count_nonzero(shown))),
                box=box,
                crowd=bool(annotation.iscrowd),
                annotation_id=annotation.id,
            )
            found.append((layer, shown[box.slices]))
    found.sort(key=lambda pair: (not pair[0].crowd, -np.count_nonzero(pair[1])))
    for number, (layer, mask) in enumerate(found, start=1):
        labels[layer.box.slices][mask] = number
    return Ground(labels, tuple(layer for layer, _ in found), empty)


def _magnification(background: Background, size: Size) -> float:
    height, width = background.crop.size
    return size[0] * size[1] / (height * width)


def _fitted_mask(mask: Mask, background: Background, size: Size) -> Mask:
    if background.crop.size == size:
        return mask[background.crop.slices]
    cover = fitted(mask.view(np.uint8) * np.uint8(255), background, size)
    if cover.max() < ALPHA_THRESHOLD:  # too small for the canvas, but still to be seen: one pixel
        return np.arange(cover.size).reshape(size) == (cover.argmax() if cover.any() else -1)
    return cover >= ALPHA_THRESHOLD


def fitted(pixels: Image, background: Background, size: Size) -> Image:
    """Crop pixels to the background's crop and resize them to the canvas.

    The result may be changed; it shares memory with `pixels` where those may be, too.
    """
    crop = pixels[background.crop.slices]
    if background.crop.size == size:
        return np.require(crop, requirements=("C", "W"))
    shrinks = size[0] < crop.shape[0] or size[1] < crop.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(crop, (size[1], size[0]), interpolation=method)
