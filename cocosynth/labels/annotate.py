"""From a composite to what is visible in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cocosynth.coco.keypoints import shown_keypoints
from cocosynth.coco.masks import box_of
from cocosynth.core.values import Annotation, Box, Category, Composite, Keypoints


def annotate(
    composite: Composite, categories: Mapping[int, Category]
) -> tuple[list[Annotation], int]:
    """Describe each layer by its visible mask: disjoint from all others, box tight, area exact.

    Parameters
    ----------
    composite : Composite
    categories : mapping of int to Category
        By id.

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
        area = int(np.count_nonzero(visible))
        whole = area == layer.inside_area  # then its box is tight around it
        tight = Box(0, 0, *visible.shape) if whole and area else box_of(visible)
        if tight is None:
            if layer.placement is not None:
                raise RuntimeError(f"placement {layer.placement} was planned but cannot be seen")
            hidden += 1
            continue
        mask = visible[tight.slices]
        annotations.append(
            Annotation(
                category_id=layer.category_id,
                mask=mask,
                box=tight.moved(layer.box.top, layer.box.left),
                area=area,
                crowd=layer.crowd,
                visibility=round(area / layer.full_area, 4),
                placement=layer.placement,
                background_annotation_id=layer.annotation_id,
                occluded=area < layer.inside_area,
                truncated=layer.truncated,
                z_order=number,
                blend=layer.blend,
                full=layer.full,
                keypoints=_keypoints(composite, number, categories.get(layer.category_id)),
            )
        )
    return annotations, hidden


def _keypoints(composite: Composite, number: int, category: Category | None) -> Keypoints:
    """Return the keypoints of a layer as the composite shows them."""
    if category is None or not category.keypoints:
        return ()
    layer, labels = composite.layers[number - 1], composite.labels

    def hidden(row: int, col: int) -> bool:
        top = int(labels[row, col])
        return top > number and composite.layers[top - 1].placement is not None

    return shown_keypoints(
        layer.keypoints,
        category=category,
        matrix=layer.matrix,
        within=layer.shown_in or Box(0, 0, labels.shape[0], labels.shape[1]),
        hidden=hidden,
    )
