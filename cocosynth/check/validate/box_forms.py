"""In which form boxes are written: a guess over a whole file, checked against masks and areas.

COCO writes `[x, y, width, height]`. Programs that write corners, centres or fractions of the image
make boxes of which many look right one by one. So a form is judged by all boxes of a file: by their
masks where there are any, else by what fits the images, and the areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.columns import Columns, Flags, Floats, blocks

COCO = "[x, y, width, height]"

BEYOND_IMAGE = 1.0
"""Pixels that a box may reach beyond its image: rounding, not a fault."""

ALIKE = 0.9
"""The overlap (IoU) of a box and its mask from which on the one is that of the other."""

_CLOSE = 2.0
"""Pixels that the sides of a box may lie from those of its mask in any case."""

_MOST = 0.9
"""The share of the boxes of a file that must fit the form of COCO for that to be its form."""

_NEARLY_ALL = 0.98
"""The share that must fit another form."""

_SEVERAL = 5
"""Boxes without masks of which not all are corners by chance."""

_AREA_SLACK = 1.5
"""How much larger than the box an area may be that speaks for a form."""

_FLUSH = 0.5
"""Pixels from a border of the image at which a box is flush with it."""


class Form(NamedTuple):
    """A way to write a box: the rule that it breaks."""

    rule: str
    text: str


FORMS = (
    Form("", COCO),
    Form("bbox-corners", "[x1, y1, x2, y2]"),
    Form("bbox-centre", "[centre x, centre y, width, height]"),
    Form("bbox-axes-swapped", "[y, x, height, width]"),
    Form("bbox-axes-swapped", "[y1, x1, y2, x2]"),
    Form("bbox-normalized", f"fractions of the image {COCO}"),
    Form("bbox-normalized", "fractions of the image [x1, y1, x2, y2]"),
    Form("bbox-normalized", "fractions of the image [centre x, centre y, width, height]"),
)
_CORNERS, _CENTRE, _FRACTIONS = 1, 2, 5  # positions in it; of the first in fractions


def readings(boxes: Floats, size: Floats) -> Floats:
    """Return left, top, right and bottom of boxes, read in each of the forms.

    Returns
    -------
    ndarray, shape (forms, n, 4)
    """
    a, b, c, d = boxes.T
    height, width = size.T
    x, y, w, h = a * width, b * height, c * width, d * height
    read = (
        (a, b, a + c, b + d),
        (a, b, c, d),
        (a - c / 2, b - d / 2, a + c / 2, b + d / 2),
        (b, a, b + d, a + c),
        (b, a, d, c),
        (x, y, x + w, y + h),
        (x, y, w, h),
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2),
    )
    return np.moveaxis(np.array(read), 1, 2)


def iou(one: Floats, other: Floats) -> Floats:
    """Return the overlap of boxes, as a fraction of their union; 0 where one of them is none."""
    low = np.maximum(one[..., :2], other[..., :2])
    high = np.minimum(one[..., 2:], other[..., 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = ((each[..., 2:] - each[..., :2]).clip(0).prod(axis=-1) for each in (one, other))
    return np.nan_to_num(shared / (sum(areas) - shared))


@dataclass(frozen=True, eq=False)
class BoxForms:
    """How the boxes of a file are written.

    Attributes
    ----------
    own : ndarray of int64
        For each box with a mask that fits it in another form than COCO's: that form, else 0.
    fits : ndarray of bool, shape (forms, n)
        Which forms each box without a mask makes sense in.
    others : tuple of int
        The forms that the boxes without masks are in, where that is not COCO's.
    certain : bool
        Whether the form of the boxes without masks is COCO's: only then may one be cut.
    """

    own: NDArray[np.int64]
    fits: Flags
    others: tuple[int, ...]
    certain: bool


def forms_of(columns: Columns, *, tolerance: float) -> BoxForms:
    """Find out how the boxes of a file are written.

    Parameters
    ----------
    columns : Columns
    tolerance : float
        Pixels that a box may reach beyond its image.
    """
    own = np.zeros(len(columns), np.int64)
    fits = np.zeros((len(FORMS), len(columns)), np.bool_)
    bare, proven = np.zeros((2, len(columns)), np.bool_)
    for rows, block in blocks(columns):
        read = readings(block.boxes, block.size)
        own[rows], proven[rows] = _form_of_masked(block, read)
        fits[:, rows] = _fits(block, read, max(tolerance, BEYOND_IMAGE))
        bare[rows] = ~block.has_mask & ~np.isnan(block.size).any(axis=1)
        bare[rows] &= (block.boxes[:, 2:] > 0).all(axis=1)
    others, certain = _form_of_bare(columns, fits, bare, proven)
    return BoxForms(own, fits & bare, others, certain)


def _form_of_masked(columns: Columns, read: Floats) -> tuple[NDArray[np.int64], Flags]:
    """Return the form of each box that is not COCO's, and which boxes their masks prove COCO's."""
    extent = columns.clipped_extent
    masked = columns.has_mask & ~np.isnan(extent).any(axis=1)
    close = (np.abs(read - extent) <= _CLOSE).all(axis=2) | (iou(read, extent) >= ALIKE)
    own = np.where(masked & ~close[0] & close.any(axis=0), np.argmax(close, axis=0), 0)
    return own, masked & close[0]


def _fits(columns: Columns, read: Floats, tolerance: float) -> Flags:
    """Say which boxes make sense in each form: inside their image, and no smaller than the area."""
    bounds = columns.size[:, [1, 0]]
    side = read[:, :, 2:] - read[:, :, :2]
    fits = np.asarray((side > 0).all(axis=2))
    fits &= (np.maximum(-read[:, :, :2], read[:, :, 2:] - bounds) <= tolerance).all(axis=2)
    larger = columns.area <= side.prod(axis=2) * _AREA_SLACK + 1
    fits[1:] &= larger[1:]  # an area that is too large says nothing against the form of COCO
    fits[_FRACTIONS:] &= (columns.boxes <= 1.001).all(axis=1)
    return fits


def _form_of_bare(
    columns: Columns, fits: Flags, bare: Flags, proven: Flags
) -> tuple[tuple[int, ...], bool]:
    count, support = int(bare.sum()), int(proven.sum())
    if not count:
        return (), support > 0
    shares = fits[:, bare].mean(axis=1)
    boxes, size = columns.boxes[bare], columns.size[bare]
    if (boxes <= 1.001).all() and (boxes[:, 2:] < 1).any() and (size > 2).all():
        return tuple(f for f in range(_FRACTIONS, len(FORMS)) if shares[f] >= _NEARLY_ALL), False
    misfits = count - int((fits[0] & bare).sum())
    alone = misfits == 1 and count + support > 2
    if alone or misfits <= (1 - _MOST) * (count + support):
        better = misfits > 0 and count >= _SEVERAL and shares[_CORNERS] > shares[0]
        if shares[_CORNERS] >= _NEARLY_ALL and (better or _areas_say_corners(columns, bare)):
            return (_CORNERS,), False
        if shares[_CENTRE] >= _NEARLY_ALL and _borders_say_centre(readings(boxes, size), size):
            return (_CENTRE,), False
        return (), True
    others = [f for f in range(1, _FRACTIONS) if shares[f] >= max(_NEARLY_ALL, shares[0])]
    return tuple(others), False


def _areas_say_corners(columns: Columns, bare: Flags) -> bool:
    """Say whether areas are those of boxes whose last two numbers are a corner."""
    area = columns.area[bare]
    read = readings(columns.boxes[bare], columns.size[bare])[:2]
    coco, corners = ((each[:, 2:] - each[:, :2]).prod(axis=1) for each in read)
    slack = 1 + 0.01 * area
    return bool(
        np.mean(np.abs(area - corners) <= slack) >= _MOST
        and np.mean(np.abs(area - coco) <= slack) < 0.5
    )


def _borders_say_centre(read: Floats, size: Floats) -> bool:
    """Say whether boxes are flush with borders of their images as centres, and not as corners.

    Objects that the border cuts are in every dataset; a few are so by chance.
    """
    bounds = size[:, [1, 0]]
    flush = [
        int((np.abs(read[form, :, :2]) <= _FLUSH).sum())
        + int((np.abs(read[form, :, 2:] - bounds) <= _FLUSH).sum())
        for form in (0, _CENTRE)
    ]
    by_chance = 4 * 2 * _FLUSH / size.mean() * len(size)
    return flush[1] >= 3 + 3 * by_chance and flush[1] > 5 * flush[0]


def named(forms: tuple[int, ...]) -> str:
    """Name some forms, as a choice."""
    return " or as ".join(FORMS[form].text for form in forms)
