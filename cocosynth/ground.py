"""The canvas before anything is pasted: which pixels its own annotations claim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from cocosynth import masks
from cocosynth.claims import Claim, Claims
from cocosynth.coverage import resized
from cocosynth.errors import UnusableError
from cocosynth.structures import Background, Box, Image, Labels, Layer, Mask, Size

MAX_ANNOTATIONS = 60_000
"""Of one background: with what may be pasted on them they must fit into a 16-bit label image."""


class Claiming(Protocol):
    """A photo that may become a canvas."""

    def claims(self, size: Size) -> Claims: ...


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


def lay_ground(photo: Claiming, photo_size: Size, background: Background, size: Size) -> Ground:
    """Carry the annotations of a background into the canvas.

    Parameters
    ----------
    photo : Claiming
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
    claims = photo.claims(photo_size)
    if len(claims.shown) + claims.empty > MAX_ANNOTATIONS:
        raise UnusableError(f"annotations are more than {MAX_ANNOTATIONS}")
    labels = np.zeros(size, dtype=np.uint16)
    found = [one for claim in claims.shown if (one := _carried(claim, background.crop, size))]
    found.sort(key=lambda entry: (not entry[0].crowd, -entry[2]))
    for number, (layer, mask, _) in enumerate(found, start=1):
        labels[layer.box.slices][mask] = number
    return Ground(labels, tuple(layer for layer, _, _ in found), claims.empty)


def _carried(claim: Claim, crop: Box, size: Size) -> tuple[Layer, Mask, int] | None:
    """Return an annotation as a layer of the canvas, its mask in the layer's box, and its area."""
    box = Box(
        *(max(claim.box.top, crop.top), max(claim.box.left, crop.left)),
        *(min(claim.box.bottom, crop.bottom), min(claim.box.right, crop.right)),
    )
    if box.top >= box.bottom or box.left >= box.right:
        return None
    mask = claim.mask[box.moved(-claim.box.top, -claim.box.left).slices]
    inside = box.moved(-crop.top, -crop.left)
    if crop.size != size:
        mask, inside = resized(mask, inside, crop.size, size)
    tight = masks.box_of(mask)
    if tight is None:
        return None
    shown = mask[tight.slices]
    area = int(np.count_nonzero(shown))
    magnification = size[0] * size[1] / (crop.size[0] * crop.size[1])
    layer = Layer(
        category_id=claim.category_id,
        full_area=max(round(claim.area * magnification), area),
        box=tight.moved(inside.top, inside.left),
        crowd=claim.crowd,
        annotation_id=claim.annotation_id,
    )
    return layer, shown, area


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
