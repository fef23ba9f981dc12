"""The canvas before anything is pasted: which pixels its own annotations cover."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.coco import masks
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import canvas_matrix
from cocosynth.core.values import Background, Box, Labels, Layer, Mask, Size
from cocosynth.labels.background_masks import AnnotationMask, BackgroundMasks
from cocosynth.labels.resize import resized

MAX_ANNOTATIONS = 60_000
"""Of one background: with what may be pasted on them they must fit into a 16-bit label image."""


@dataclass(frozen=True, eq=False)
class BackgroundLayers:
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


def background_layers(
    annotated: BackgroundMasks, background: Background, size: Size
) -> BackgroundLayers:
    """Carry the annotations of a background into the canvas.

    Parameters
    ----------
    annotated : BackgroundMasks
        The masks in the photo.
    background : Background
        The crop.
    size : tuple of int
        Height and width of the canvas.

    Raises
    ------
    UnusableError
        If there are more annotations than can be numbered: what they show would go unlabelled.
    """
    if len(annotated.shown) + annotated.empty > MAX_ANNOTATIONS:
        raise UnusableError(f"annotations are more than {MAX_ANNOTATIONS}")
    labels = np.zeros(size, dtype=np.uint16)
    found = [one for mask in annotated.shown if (one := _carried(mask, background, size))]
    found.sort(key=lambda entry: (not entry[0].crowd, -entry[2]))
    for number, (layer, mask, _) in enumerate(found, start=1):
        labels[layer.box.slices][mask] = number
    return BackgroundLayers(labels, tuple(layer for layer, _, _ in found), annotated.empty)


def _carried(
    annotated: AnnotationMask, background: Background, size: Size
) -> tuple[Layer, Mask, int] | None:
    """Return an annotation as a layer of the canvas, its mask in the layer's box, and its area."""
    crop, place = background.crop, background.place_in(size)
    box = Box(
        *(max(annotated.box.top, crop.top), max(annotated.box.left, crop.left)),
        *(min(annotated.box.bottom, crop.bottom), min(annotated.box.right, crop.right)),
    )
    if box.top >= box.bottom or box.left >= box.right:
        return None
    mask = annotated.mask[box.moved(-annotated.box.top, -annotated.box.left).slices]
    mask, inside = _flipped(mask, box.moved(-crop.top, -crop.left), background)
    if crop.size != place.size:
        mask, inside = resized(mask, inside, crop.size, place.size)
    tight = masks.box_of(mask)
    if tight is None:
        return None
    shown = mask[tight.slices]
    area = int(np.count_nonzero(shown))
    magnification = place.size[0] * place.size[1] / (crop.size[0] * crop.size[1])
    layer = Layer(
        category_id=annotated.category_id,
        full_area=max(round(annotated.area * magnification), area),
        box=tight.moved(inside.top + place.top, inside.left + place.left),
        crowd=annotated.crowd,
        annotation_id=annotated.annotation_id,
        keypoints=annotated.keypoints,
        matrix=canvas_matrix(background, size) if annotated.keypoints else None,
        shown_in=background.place,
        inside_area=area,
        truncated=annotated.truncated or annotated.box != box,
    )
    return layer, shown, area


def _flipped(mask: Mask, box: Box, background: Background) -> tuple[Mask, Box]:
    """Flip a mask that lies in a box of the crop, as the crop is flipped."""
    if not background.flip:
        return mask, box
    (rows, cols), (upside_down, mirrored) = background.crop.size, background.mirrors
    top, left, bottom, right = box
    if upside_down:
        mask, top, bottom = mask[::-1], rows - bottom, rows - top
    if mirrored:
        mask, left, right = mask[:, ::-1], cols - right, cols - left
    return np.ascontiguousarray(mask), Box(top, left, bottom, right)
