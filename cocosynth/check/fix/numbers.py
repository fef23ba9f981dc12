"""Boxes and areas of annotations that other numbers of the file prove wrong, and what is right.

Three things speak of an object: its mask, its box, its area. A box is changed only where the mask
shows a known slip (corners, centres, fractions, one pixel short, beyond the border), or where mask
and area agree and the box is only a little off, or outside the image; an area only where mask and
box agree. A mask that lies elsewhere, all masks moved alike, a mask that crosses itself or is a
mere rectangle, or leaves its image prove nothing. Where mask and box leave the image together, its
size may be what is wrong, and nothing is cut unless something else says that size. The areas of
crowds are let be, as COCO 2017 has them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cocosynth.check.fix.edits import Edits, Fix
from cocosynth.check.validate.areas import (
    AREA_SLACK,
    BOX_ROUNDING,
    OUTLINE_SHARE,
    area_fits,
    box_areas,
    is_far_off,
    is_off_by,
    mask_factor,
)
from cocosynth.check.validate.box_forms import BEYOND_IMAGE, FORMS, BoxForms, iou, readings
from cocosynth.check.validate.columns import RLE, Columns, Flags, Floats
from cocosynth.check.validate.mask_rules import (
    BOX_TOLERANCE,
    displaced,
    explanations,
    is_one_short,
    is_rectangle,
    shift_of,
)
from cocosynth.check.validate.validate import View
from cocosynth.coco.document import Document

_LITTLE = 0.8
"""The overlap (IoU) of a box with its mask from which on it is only a little off."""

_AROUND = 0.5
"""The overlap from which on a box that holds all of its mask is only too wide."""

_BORDER_SHARE = 0.1
"""The part of the image's side that a box without a mask may reach beyond, to be cut."""

_FEW = 3
"""Images whose sizes may be wrong by chance."""

_BORDER = 3.0
"""Pixels that it may reach beyond though it would fit in another form as well."""


def fix_numbers(document: Document, view: View, edits: Edits) -> None:
    """Fix boxes and areas; the columns get the new numbers."""
    columns = view.columns
    certain = ~_has_doubtful_size(view) & ~_leaves_image(columns)
    boxes, rules = columns.boxes.copy(), np.full(len(columns), "", dtype=object)
    for rule, chosen, right in _right_boxes(columns, view.forms):
        chosen = chosen & certain & (rules == "")
        boxes[chosen], rules[chosen] = right[chosen], rule
    areas, area_rules = _right_areas(columns, boxes, rules != "", certain & ~view.crossing)
    for row in np.flatnonzero((rules != "") | (area_rules != "")).tolist():
        fixes: list[Fix] = []
        if rules[row]:
            fixes.append((rules[row], "bbox", [_number(value) for value in boxes[row].tolist()]))
        if area_rules[row]:
            fixes.append((area_rules[row], "area", _number(float(areas[row]))))
        if edits.apply("annotations", int(columns.position[row]), fixes):
            columns.boxes[row], columns.area[row] = boxes[row], areas[row]


def _number(value: float) -> float:
    """Return a number without the noise of its computation."""
    rounded = round(value, 4)
    return int(rounded) if rounded.is_integer() else rounded


def _has_doubtful_size(view: View) -> Flags:
    """Say in which images a mask and its box leave it together, where only the record has its size.

    An image file that is as large as recorded says the size as well, and so do run lengths. Where
    this is seen in several images, all sizes are in doubt.
    """
    columns = view.columns
    beyond = _leaves_image(columns) & (np.abs(_cut(columns) - columns.corners) > _BORDER).any(
        axis=1
    )
    said = np.zeros(len(view.tables.sizes) + 1, np.bool_)  # the last for images not listed
    said[[row for row, file in view.files if file.size == view.tables.sizes[row]]] = True
    said[columns.image[(columns.kind == RLE) & columns.sound]] = True
    doubtful = np.zeros(len(said), np.bool_)
    doubtful[columns.image[beyond]] = True
    doubtful |= (doubtful & ~said).sum() >= _FEW
    return np.asarray((doubtful & ~said)[columns.image])


def _leaves_image(columns: Columns) -> Flags:
    """Say which masks are drawn beyond their images, so that they are not whole."""
    beyond = np.abs(columns.clipped_extent - columns.extent)
    return np.asarray(columns.has_mask & (beyond > _BORDER).any(axis=1))


def _right_boxes(columns: Columns, forms: BoxForms) -> Iterator[tuple[str, Flags, Floats]]:
    """Yield rules that boxes break, which boxes do, and what all boxes would be if they did."""
    tight = _as_boxes(columns.tight)
    known = columns.pixels > 0
    off, doubtful = _off_and_doubtful(columns, forms)
    for rule, misread, right in _misread_boxes(columns, forms):
        if 2 * misread.sum() >= off.sum():  # else masks are elsewhere, and some fit by chance
            yield rule, misread, right
    fits = _area_agrees(columns)
    empty = known & (columns.boxes[:, 2:] == 0).any(axis=1)
    yield "bbox-empty-with-mask", empty & (fits | _sides_agree(columns)), tight
    yield "bbox-one-short", known & is_one_short(columns) & fits, tight
    cut = _cut(columns)
    beyond = (np.abs(cut - columns.corners).max(axis=1) > BEYOND_IMAGE) & ~empty
    overlap = iou(columns.corners, columns.tight)
    around = (columns.inside == columns.pixels) & (overlap >= _AROUND)
    little = known & off & fits & ~doubtful & ((overlap >= _LITTLE) | around)
    whole = (columns.clipped_extent == columns.extent).all(axis=1)  # nothing of it is cut off
    yield "bbox-outside-image", known & beyond & _is_close(cut, columns), _as_boxes(cut)
    proven = known & fits & whole & (overlap > 0) & ~doubtful
    yield "bbox-outside-image", beyond & proven, tight
    yield "bbox-differs", little, tight
    yield "bbox-outside-image", beyond & _may_be_cut(columns, forms, cut), _as_boxes(cut)


def _off_and_doubtful(columns: Columns, forms: BoxForms) -> tuple[Flags, Flags]:
    """Say which boxes are not around their masks, and whose mask may be what is wrong.

    All are in doubt where several masks are wrong in one way, or where most of those that are off
    differ from their areas too.
    """
    off = (columns.pixels > 0) & ~_is_close(columns.corners, columns)
    looks = [fits & off for fits in explanations(columns).values()]
    moved = columns.extent - columns.corners
    doubtful = (np.abs(moved[:, :2] - moved[:, 2:]) <= BOX_TOLERANCE).all(axis=1)
    doubtful |= displaced(columns)
    doubtful |= np.any(looks, axis=0) | any(fits.sum() >= _FEW for fits in looks)
    doubtful |= shift_of(columns, forms.own == 0) is not None
    doubtful |= 2 * (off & ~_area_agrees(columns)).sum() > max(_FEW, off.sum())
    return off, doubtful


def _misread_boxes(columns: Columns, forms: BoxForms) -> Iterator[tuple[str, Flags, Floats]]:
    """Yield the boxes that are around their masks once they are read in another form."""
    read = readings(columns.boxes, columns.size)
    for form, (rule, _) in enumerate(FORMS):
        if form and rule != "bbox-axes-swapped":  # the masks may be swapped as well
            misread = (columns.pixels > 0) & (forms.own == form) & _is_close(read[form], columns)
            yield rule, misread, _as_boxes(read[form])


def _is_close(corners: Floats, columns: Columns) -> Flags:
    """Say which boxes are close around their masks, by the pixels or by the outline."""
    close = (np.abs(corners - columns.tight) <= BOX_TOLERANCE).all(axis=1)
    close |= (np.abs(corners - columns.clipped_extent) <= BOX_TOLERANCE).all(axis=1)
    return np.asarray(close)


def _as_boxes(corners: Floats) -> Floats:
    return np.concatenate((corners[:, :2], corners[:, 2:] - corners[:, :2]), axis=1)


def _cut(columns: Columns) -> Floats:
    """Return left, top, right, bottom of the boxes, cut at the borders of the images."""
    bounds = columns.size[:, [1, 0, 1, 0]]
    return np.clip(columns.corners, 0, bounds)


def _area_agrees(columns: Columns) -> Flags:
    """Say which areas are those of the mask, by its pixels or its outline."""
    allowed = AREA_SLACK + OUTLINE_SHARE * 2 * (columns.tight[:, 2:] - columns.tight[:, :2]).sum(1)
    off = np.minimum(np.abs(columns.area - columns.pixels), np.abs(columns.area - columns.enclosed))
    return np.asarray(off <= allowed)


def _sides_agree(columns: Columns) -> Flags:
    """Say of boxes without width or height whether their other numbers are those of the mask."""
    off = np.abs(columns.boxes - _as_boxes(columns.tight)) <= BOX_TOLERANCE
    return np.asarray((off | (columns.boxes == 0)).all(axis=1) & off[:, :2].all(axis=1))


def _may_be_cut(columns: Columns, forms: BoxForms, cut: Floats) -> Flags:
    """Say which boxes without masks may be cut: what they are is certain, and little is cut off."""
    if not forms.certain:
        return np.zeros(len(columns), np.bool_)
    limit = _BORDER_SHARE * columns.size[:, [1, 0, 1, 0]]
    beyond = np.abs(cut - columns.corners)
    little = (beyond <= limit).all(axis=1) & ~forms.fits[1:].any(axis=0)
    little |= (beyond <= _BORDER).all(axis=1)
    left = (cut[:, 2:] - cut[:, :2] > 0).all(axis=1)
    sides = (cut[:, 2:] - cut[:, :2]).prod(axis=1)
    known = (columns.area <= sides) | _is_box_area(columns)
    return np.asarray((columns.kind == 0) & little & left & known)


def _is_box_area(columns: Columns) -> Flags:
    return np.asarray(np.abs(columns.area - box_areas(columns)) <= BOX_ROUNDING)


def _right_areas(
    columns: Columns, boxes: Floats, fixed: Flags, certain: Flags
) -> tuple[Floats, np.ndarray]:
    """Return all areas as they should be, and the rules that the wrong ones break."""
    rules = np.full(len(columns), "", dtype=object)
    corners = np.concatenate((boxes[:, :2], boxes[:, :2] + boxes[:, 2:]), axis=1)
    agrees = _is_close(corners, columns)
    agrees |= fixed & (iou(corners, columns.tight) >= _LITTLE)
    proven = (columns.pixels > 0) & agrees & certain
    wrong = proven & ~area_fits(columns) & ~_area_agrees(columns)
    impossible = (columns.area == 0) | (columns.area > boxes[:, 2:].prod(axis=1) * 1.01 + 1)
    wrong &= (~is_rectangle(columns) & ~columns.crowd) | impossible
    as_box = _is_box_area(columns)
    factor = mask_factor(columns)
    scaled = np.zeros(len(columns), np.bool_)
    if factor is not None:
        scaled = is_off_by(columns, factor) & agrees & certain
    areas = np.where(wrong | scaled, columns.pixels, columns.area)
    rules[wrong] = "area-differs"
    rules[wrong & is_far_off(columns)] = "area-far-off"
    rules[wrong & as_box] = "area-is-box"
    rules[wrong & (columns.area == 0)] = "area-zero"
    rules[scaled] = "area-scaled"
    cut = fixed & (columns.kind == 0) & as_box
    areas[cut] = boxes[cut, 2] * boxes[cut, 3]
    rules[cut] = "area-differs"
    return areas, rules
