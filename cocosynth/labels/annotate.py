"""From a composite to what is visible in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cocosynth.coco.fields import shown_fields
from cocosynth.coco.masks import box_of
from cocosynth.core.values import Annotation, Category, Composite


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
        tight = box_of(visible)
        if tight is None:
            if layer.placement is not None:
                raise RuntimeError(f"placement {layer.placement} was planned but cannot be seen")
            hidden += 1
            continue
        mask = visible[tight.slices]
        area = int(np.count_nonzero(mask))
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
                fields=_fields(composite, number, categories) if layer.fields else {},
            )
        )
    return annotations, hidden


def _fields(
    composite: Composite, number: int, categories: Mapping[int, Category]
) -> dict[str, Any]:
    """Return the keys that a layer's annotation gets from what it carries."""
    layer, labels = composite.layers[number - 1], composite.labels
    assert layer.matrix is not None

    def hidden(row: int, col: int) -> bool:
        top = int(labels[row, col])
        return top > number and composite.layers[top - 1].placement is not None

    return shown_fields(
        layer.fields,
        category=categories[layer.category_id],
        matrix=layer.matrix,
        size=(labels.shape[0], labels.shape[1]),
        hidden=hidden,
    )
