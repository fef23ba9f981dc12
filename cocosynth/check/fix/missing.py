"""Area and box of an annotation whose mask is sound, where they are missing or no such numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cocosynth.check.fix.edits import Fix
from cocosynth.check.validate.areas import AREA_SLACK, OUTLINE_SHARE
from cocosynth.check.validate.box_forms import ALIKE, iou
from cocosynth.check.validate.mask_rules import BOX_TOLERANCE
from cocosynth.check.validate.pixels import MAX_PIXELS
from cocosynth.check.validate.raster import draw
from cocosynth.check.validate.schema import Gate
from cocosynth.check.validate.segmentations import measured
from cocosynth.coco.masks import MAX_OUTLINE
from cocosynth.core.values import Size


class _Mask(NamedTuple):
    pixels: int
    box: list[int]  # x, y, width, height
    enclosed: float  # by the outline


def missing_numbers(record: dict[str, Any], size: Size, gate: Gate) -> Iterator[Fix]:
    """Yield area and box of a record that fails the schema for want of them alone.

    Of three witnesses, mask, box and area, one may be missing; the other two must agree.
    """
    filled = {**record, "bbox": [0, 0, 1, 1], "area": 1}
    mask = _mask_of(filled, size) if gate.passes(filled) else None
    if mask is None:
        return
    has_box, has_area = (gate.passes({**filled, key: record.get(key)}) for key in ("bbox", "area"))
    if not has_box and not (has_area and not _is_area_of(mask, record["area"])):
        rule = "bbox-form" if "bbox" in record else "missing-key"
        turned = _turned(record.get("bbox"))
        fits = turned is not None and _is_box_of(mask, turned)
        yield rule, "bbox", turned if fits else mask.box
    elif not has_box and (turned := _turned(record.get("bbox"))) and _is_box_of(mask, turned):
        yield "bbox-form", "bbox", turned
    if not has_area and (not has_box or _is_box_of(mask, record["bbox"])):
        yield "area-form" if "area" in record else "missing-key", "area", mask.pixels


def _mask_of(record: dict[str, Any], size: Size) -> _Mask | None:
    """Return what the mask of a record says, or None where it has no sound one."""
    if size[0] * size[1] > MAX_PIXELS:
        return None
    box = np.array([[0, 0, *size[::-1]]], dtype=np.float64)
    found, _ = measured([record], [size], box)
    if not found.sound[0] or not found.kind[0] or found.outline[0] > MAX_OUTLINE:
        return None
    pixels, tight = found.pixels[0], found.tight[0]
    if isinstance(record["segmentation"], list):
        drawn = draw([(record["segmentation"], size)], box)
        if drawn.crossing[0]:
            return None
        pixels, tight = drawn.pixels[0], drawn.tight[0]
    if not pixels:
        return None
    left, top, right, bottom = (int(side) for side in tight)
    return _Mask(int(pixels), [left, top, right - left, bottom - top], float(found.enclosed[0]))


def _turned(bbox: Any) -> list[float] | None:
    """Return a box whose width or height is negative, its corners in order; None if it is none."""
    if not isinstance(bbox, list) or len(bbox) != 4:
        return None
    if not all(type(value) in (int, float) for value in bbox) or min(bbox[2:]) >= 0:
        return None
    x, y, width, height = bbox
    return [x + min(width, 0), y + min(height, 0), abs(width), abs(height)]


def _is_box_of(mask: _Mask, bbox: list[float]) -> bool:
    one, other = (
        np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]], dtype=np.float64)
        for box in (bbox, mask.box)
    )
    return bool((np.abs(one - other) <= BOX_TOLERANCE).all() or iou(one, other) >= ALIKE)


def _is_area_of(mask: _Mask, area: float) -> bool:
    allowed = AREA_SLACK + OUTLINE_SHARE * 2 * sum(mask.box[2:])
    return min(abs(area - mask.pixels), abs(area - mask.enclosed)) <= allowed
