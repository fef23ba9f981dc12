"""One annotation against its mask: area, box, and whether there is a mask at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cocosynth.coco import masks
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Box, Mask, Size

Finding = tuple[str, str, str]  # rule, key path within the annotation, message

MAX_PIXELS = 1 << 28
"""The largest image whose masks are decoded: a few numbers in a file must not fill the memory."""

BOX_TOLERANCE = 2.0
"""How far, in pixels, a side of a box may lie from that of its mask."""

FAR_OFF = 10.0
"""How far off a box must be to be taken for two corners: near the origin the forms are alike."""

OUTLINE_SHARE = 0.25
"""The part of a pixel, along the outline of its box, that an area may differ from its mask."""

AREA_SLACK = 2.0
"""Pixels that an area may differ by however small the box."""

OUTSIDE_SHARE = 0.1
"""The share of a mask that may lie outside its box."""

_BOX_ROUNDING = 0.51
"""How far an area may be from width x height of the box to be called that: it may be rounded."""


def decode(annotation: dict[str, Any], size: Size) -> Mask:
    """Return the mask of an annotation, as `masks.decode` does, unless its image is gigantic."""
    if size[0] * size[1] > MAX_PIXELS:
        raise UnusableError(f"image of {size[1]} x {size[0]} pixels is too large to check")
    try:
        return masks.decode(annotation["segmentation"], size)
    except OverflowError:  # JSON has integers that no float holds
        raise UnusableError("polygon far outside the image") from None


def mask_findings(
    annotation: dict[str, Any], size: Size, *, exact: bool, box_known: bool = False
) -> Iterator[Finding]:
    """Yield what a mask says against its annotation.

    Parameters
    ----------
    annotation : dict
        One that passes the schema and has a segmentation.
    size : tuple of int
        Height and width of the image.
    exact : bool
        Allow no tolerance.
    box_known : bool
        The box is known to be at fault: do not report it again.
    """
    try:
        mask = decode(annotation, size)
    except UnusableError as error:
        yield "mask-invalid", ".segmentation", error.reason
        return
    box = masks.box_of(mask)
    if box is None:
        yield "mask-empty", ".segmentation", "it covers no pixel of the image"
        return
    yield from _area_findings(annotation, int(np.count_nonzero(mask)), exact)
    if not box_known:
        yield from _box_findings(annotation, mask, box, exact)


def _area_findings(annotation: dict[str, Any], pixels: int, exact: bool) -> Iterator[Finding]:
    area = annotation["area"]
    _, _, width, height = annotation["bbox"]
    allowed = 0 if exact else AREA_SLACK + OUTLINE_SHARE * 2 * (width + height)
    if abs(area - pixels) <= allowed:
        return
    if abs(area - width * height) <= _BOX_ROUNDING:
        text = f"{area:.10g} is width x height of the box; the mask has {pixels} pixels"
        yield "area-is-box", ".area", text
    else:
        yield "area-differs", ".area", f"{area:.10g}, but the mask has {pixels} pixels"


def _box_findings(
    annotation: dict[str, Any], mask: Mask, tight: Box, exact: bool
) -> Iterator[Finding]:
    left, top, width, height = annotation["bbox"]
    text = f"{annotation['bbox']}, but the mask fills {wire(tight)}"
    sides = (
        left - tight.left,
        top - tight.top,
        left + width - tight.right,
        top + height - tight.bottom,
    )
    as_corners = (*sides[:2], width - tight.right, height - tight.bottom)
    off = max(map(abs, sides))
    if off == 0:
        return
    if off > FAR_OFF and max(map(abs, as_corners)) <= BOX_TOLERANCE:
        yield "bbox-corners", ".bbox", f"{text}; the numbers fit as [x1, y1, x2, y2]"
    elif sides[:2] == (0, 0) and set(sides[2:]) <= {0, -1} and not annotation["iscrowd"]:
        short = [name for name, side in zip(("width", "height"), sides[2:], strict=True) if side]
        yield "bbox-one-short", ".bbox", f"{text}; {' and '.join(short)} one short"
    elif (share := _share_outside(mask, annotation["bbox"])) > OUTSIDE_SHARE:
        yield "mask-outside-bbox", ".bbox", f"{text}: {share:.0%} of it outside the box"
    elif off > (0 if exact else BOX_TOLERANCE):
        yield "bbox-differs", ".bbox", f"{text}, {off:.6g} px off"


def _share_outside(mask: Mask, bbox: list[float]) -> float:
    """Return the share of mask pixels outside a COCO box grown by one pixel on each side."""
    left, top, width, height = bbox
    limit = 2 * max(mask.shape) + 2  # integers of any length slice no better
    edges = (top - 1, left - 1, top + height + 1, left + width + 1)
    top, left, bottom, right = (min(max(edge, -limit), limit) for edge in edges)
    grown = Box(math.floor(top), math.floor(left), math.ceil(bottom), math.ceil(right))
    rows, cols = grown.clipped((mask.shape[0], mask.shape[1])).slices
    return 1 - int(np.count_nonzero(mask[rows, cols])) / int(np.count_nonzero(mask))


def wire(box: Box) -> list[int]:
    """Return a box as COCO writes it: x, y, width, height."""
    height, width = box.size
    return [box.left, box.top, width, height]
