"""From a composite to what is visible in it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from cocosynth.coco import masks, rle
from cocosynth.coco.polygons import polygons_of
from cocosynth.core.values import Annotation, Composite, Layer, Mask, Size


def annotate(
    composite: Composite, *, segmentation: Literal["rle", "polygon"] = "rle"
) -> tuple[list[Annotation], int]:
    """Describe each layer by its visible mask: disjoint from all others, box tight, area exact.

    Parameters
    ----------
    composite : Composite
    segmentation : str
        ``rle`` or ``polygon``; both stand for the same mask.

    Returns
    -------
    annotations : list of Annotation
        In z-order; without the layers of which nothing is visible.
    hidden : int
        How many annotations of the background those were.
    """
    annotations: list[Annotation] = []
    hidden = 0
    for number, layer in enumerate(composite.layers, start=1):
        visible = composite.labels[layer.box.slices] == number
        tight = masks.box_of(visible)
        if tight is None:
            if layer.placement is not None:
                raise RuntimeError(f"placement {layer.placement} was planned but cannot be seen")
            hidden += 1
            continue
        mask, box = visible[tight.slices], tight.moved(layer.box.top, layer.box.left)
        area = int(np.count_nonzero(mask))
        annotations.append(
            Annotation(
                category_id=layer.category_id,
                bbox=(box.left, box.top, box.right - box.left, box.bottom - box.top),
                area=area,
                iscrowd=int(layer.crowd),
                segmentation=_encode(mask, (box.top, box.left), composite, segmentation),
                visibility=_visibility(area, layer),
                placement=layer.placement,
                background_annotation_id=layer.annotation_id,
            )
        )
    return annotations, hidden


def _encode(mask: Mask, origin: tuple[int, int], composite: Composite, segmentation: str) -> Any:
    if segmentation == "polygon":
        return polygons_of(mask, origin=origin)
    size: Size = (composite.labels.shape[0], composite.labels.shape[1])
    return {"size": list(size), "counts": rle.encode(mask, origin=origin, size=size)}


def _visibility(area: int, layer: Layer) -> float:
    return round(area / layer.full_area, 4)
