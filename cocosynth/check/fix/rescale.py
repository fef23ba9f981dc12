"""Annotations of pictures that were resized: brought to the size of the file, on request."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.fix.edits import Edits, Fix
from cocosynth.check.validate.image_rules import ratio_of
from cocosynth.check.validate.validate import View
from cocosynth.coco import masks, rle
from cocosynth.coco.document import Document
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

_RULE = "images-resized"


def rescale(document: Document, view: View, edits: Edits) -> bool:
    """Scale the annotations of all images whose files are resized; say whether any was."""
    resized: dict[int, tuple[Size, Size]] = {}
    for row, file in view.files:
        recorded, stored = view.tables.sizes[row], file.size
        if recorded is None or stored is None or file.turned:
            continue
        if ratio_of(recorded, stored) is not None:
            resized[row] = recorded, stored
    columns = view.columns
    for row, (_, new) in resized.items():
        sides: list[Fix] = [(_RULE, "height", new[0]), (_RULE, "width", new[1])]
        edits.apply("images", view.tables.positions[row], sides)
    for index in np.flatnonzero(np.isin(columns.image, list(resized))).tolist():
        position, sizes = int(columns.position[index]), resized[int(columns.image[index])]
        edits.apply("annotations", position, _scaled(edits.record("annotations", position), *sizes))
    return bool(resized)


def _scaled(record: dict[str, Any], old: Size, new: Size) -> list[Fix]:
    """Return the numbers of an annotation in an image of another size."""
    x, y = new[1] / old[1], new[0] / old[0]
    fixes = [
        *_scaled_sides("", record, old, new),
        *(_scaled_sides("amodal_", record, old, new) if _is_amodal(record) else ()),
    ]
    if record.get("keypoints"):
        scales = (x, y, 1)
        points = [_number(v * scales[i % 3]) for i, v in enumerate(record["keypoints"])]
        fixes.append((_RULE, "keypoints", points))
    return fixes


def _is_amodal(record: dict[str, Any]) -> bool:
    """Say whether an annotation has the amodal keys of a build, and not others of these names."""
    box, area = record.get("amodal_bbox"), record.get("amodal_area")
    numbers = [*box, area] if isinstance(box, list) and len(box) == 4 else [None]
    mask = record.get("amodal_segmentation")
    forms = isinstance(mask, dict) or (isinstance(mask, list) and all(map(_is_polygon, mask)))
    return all(type(n) in (int, float) for n in numbers) and (mask is None or forms)


def _is_polygon(value: object) -> bool:
    return isinstance(value, list) and all(type(n) in (int, float) for n in value)


def _scaled_sides(prefix: str, record: dict[str, Any], old: Size, new: Size) -> list[Fix]:
    """Return the new box, area and mask, under keys that begin with a prefix."""
    x, y = new[1] / old[1], new[0] / old[0]
    keys = {name: f"{prefix}{name}" for name in ("bbox", "area", "segmentation")}
    sides = zip(record[keys["bbox"]], (x, y, x, y), strict=True)
    fixes: list[Fix] = [
        (_RULE, keys["bbox"], [_number(v * s) for v, s in sides]),
        (_RULE, keys["area"], _number(record[keys["area"]] * x * y)),
    ]
    segmentation = record.get(keys["segmentation"])
    if isinstance(segmentation, list):
        polygons = [
            [_number(v * (y if i % 2 else x)) for i, v in enumerate(polygon)]
            for polygon in segmentation
        ]
        fixes.append((_RULE, keys["segmentation"], polygons))
    elif segmentation:
        with suppress(UnusableError):
            fixes.append((_RULE, keys["segmentation"], scaled_mask(segmentation, old, new)))
    return fixes


def scaled_mask(segmentation: dict[str, Any], old: Size, new: Size) -> dict[str, Any]:
    """Scale run lengths: each pixel shows the one that is nearest to it.

    Raises
    ------
    UnusableError
        If they give no mask.
    """
    mask, box = masks.decode_in_box(segmentation, old)
    rows, cols = (_nearest(*sides) for sides in zip(old, new, strict=True))
    below = np.flatnonzero((rows >= box.top) & (rows < box.bottom))
    across = np.flatnonzero((cols >= box.left) & (cols < box.right))
    smaller = mask[np.ix_(rows[below] - box.top, cols[across] - box.left)]
    origin = (int(below[0]), int(across[0])) if smaller.size else (0, 0)
    return {"size": list(new), "counts": rle.encode(smaller, origin=origin, size=new)}


def _nearest(old: int, new: int) -> NDArray[np.int64]:
    """Return which of the old pixels along a side each of the new ones shows."""
    places = np.arange(old, dtype=np.float64)[None]
    return cv2.resize(places, (new, 1), interpolation=cv2.INTER_NEAREST)[0].astype(np.int64)


def _number(value: float) -> float:
    rounded = round(value, 3)
    return int(rounded) if float(rounded).is_integer() else rounded
