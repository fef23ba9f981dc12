"""The one right answer to some faults of one annotation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from cocosynth.check.validate.boxes import BEYOND_IMAGE
from cocosynth.check.validate.mask_rules import decode, mask_findings, wire
from cocosynth.check.validate.segmentations import segmentation_findings
from cocosynth.coco import masks
from cocosynth.core.values import Size

Fixed = tuple[str, str, Any]  # rule, key of the annotation, new value

AREA_RULES = frozenset(("area-differs", "area-is-box"))
BOX_RULES = frozenset(
    (
        "bbox-corners",
        "bbox-differs",
        "bbox-one-short",
        "bbox-outside-image",
        "mask-outside-bbox",
    )
)


def fix_segmentation(annotation: Any) -> Iterator[Fixed]:
    """Yield the segmentation that was meant, where only its notation is wrong."""
    segmentation = annotation.get("segmentation") if isinstance(annotation, dict) else None
    if isinstance(segmentation, list) and _is_flat(segmentation):
        yield "segmentation-flat", "segmentation", [segmentation]
    if isinstance(segmentation, dict) and isinstance(segmentation.get("counts"), str):
        counts = _text_of(segmentation["counts"])
        if counts is not None:
            yield "rle-counts-bytes", "segmentation", {**segmentation, "counts": counts}


def _is_flat(segmentation: list[Any]) -> bool:
    numbers = all(type(value) in (int, float) for value in segmentation)
    return numbers and len(segmentation) >= 6 and len(segmentation) % 2 == 0


def _text_of(counts: str) -> str | None:
    """Return the text in the printed form of bytes, or None where it is none."""
    if not re.fullmatch(r"b(['\"]).*\1", counts):
        return None
    try:
        return str(ast.literal_eval(counts).decode("ascii"))
    except (ValueError, SyntaxError, MemoryError, AttributeError):
        return None


def fix_numbers(annotation: dict[str, Any], size: Size) -> Iterator[Fixed]:
    """Yield area and box as the mask has them, where they differ by more than the tolerance.

    Parameters
    ----------
    annotation : dict
        One that passes the schema.
    size : tuple of int
        Height and width of the image.
    """
    faults = {rule for rule, _, _ in segmentation_findings(annotation, size)} - {"crowd-polygon"}
    if faults == {"segmentation-missing"}:
        yield from _clip(annotation, size)
    if faults:
        return
    rules = {rule for rule, _, _ in mask_findings(annotation, size, exact=False)}
    if _reaches_out(annotation["bbox"], size) and not rules & BOX_RULES:
        rules.add("bbox-outside-image")
    if not rules & (AREA_RULES | BOX_RULES) or "mask-invalid" in rules:
        return
    mask = decode(annotation, size)
    box = masks.box_of(mask)
    if box is None:
        return
    for rule in sorted(rules & AREA_RULES):
        yield rule, "area", int(np.count_nonzero(mask))
    for rule in sorted(rules & BOX_RULES):
        yield rule, "bbox", wire(box)


def _reaches_out(bbox: list[float], size: Size) -> bool:
    left, top, width, height = bbox
    return max(-left, -top, left + width - size[1], top + height - size[0]) > BEYOND_IMAGE


def _clip(annotation: dict[str, Any], size: Size) -> Iterator[Fixed]:
    """Cut a box that has no mask at the borders of its image, if any of it is inside."""
    left, top, width, height = annotation["bbox"]
    right, bottom = min(left + width, size[1]), min(top + height, size[0])
    x, y = max(left, 0), max(top, 0)
    clipped = [x, y, right - x, bottom - y]
    if _reaches_out(annotation["bbox"], size) and clipped[2] > 0 and clipped[3] > 0:
        yield "bbox-outside-image", "bbox", clipped
