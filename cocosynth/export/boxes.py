"""The box of an annotation, as formats of boxes write it."""

from __future__ import annotations

from cocosynth.core.values import Annotation
from cocosynth.export.coco_keys import bbox_of

XYWH = tuple[int | float, int | float, int | float, int | float]
"""Left, top, width and height, in pixels; whole numbers where the box is that of a mask."""


def xywh(annotation: Annotation) -> XYWH:
    """Return the box of what is visible, or the one that a file has recorded."""
    if annotation.bbox is not None:
        return annotation.bbox
    return bbox_of(annotation.box)
