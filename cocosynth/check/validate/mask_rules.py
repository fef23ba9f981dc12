"""Rules on masks against their boxes, many at once."""

from __future__ import annotations

import numpy as np

from cocosynth.check.validate.boxes import box_text, written
from cocosynth.check.validate.columns import POLYGONS, Columns, Flags, Floats
from cocosynth.check.validate.rows import RowFindings

BOX_TOLERANCE = 2.0
"""How far, in pixels, a side of a box may lie from that of its mask."""

OUTSIDE_SHARE = 0.1
"""The share of a mask that may lie outside its box."""

_FEW = 3
"""Masks that a shift must be seen in."""

_SHIFTED_SHARE = 0.2
"""The share of masks that must be shifted alike."""


def side_errors(columns: Columns) -> Floats:
    """Return how far left, top, right and bottom of each box are off those of its mask."""
    return columns.corners - columns.tight


def check_masks(columns: Columns, rows: RowFindings, *, wrong_boxes: Flags, exact: bool) -> None:
    """Check masks against boxes.

    Parameters
    ----------
    columns : Columns
    rows : RowFindings
    wrong_boxes : ndarray of bool
        Boxes that are known to be at fault: they are not reported again.
    exact : bool
        Allow no tolerance.
    """
    rows.add("mask-empty", columns.pixels == 0, ".segmentation",
             lambda row: "it covers no pixel of the image")  # fmt: skip
    errors = side_errors(columns)
    off = np.abs(errors).max(axis=1)
    looked_at = (columns.pixels > 0) & ~wrong_boxes & (off > 0)
    short = looked_at & is_one_short(columns)
    share = 1 - columns.inside / np.maximum(columns.pixels, 1)
    outside = looked_at & ~short & (share > OUTSIDE_SHARE)
    differs = looked_at & ~short & ~outside & (off > (0 if exact else BOX_TOLERANCE))

    def text(row: int) -> str:
        return f"{written(columns, row)}, but the mask fills {box_text(columns.tight[row])}"

    def one_short(row: int) -> str:
        sides = zip(("width", "height"), errors[row, 2:], strict=True)
        return f"{text(row)}; {' and '.join(name for name, side in sides if side)} one short"

    looks = explanations(columns) if outside.any() else {}

    def elsewhere(row: int) -> str:
        beyond = f"{share[row]:.0%} of it outside the box"
        return f"{text(row)}: {beyond}{_looks_like(columns, looks, row)}"

    rows.add("bbox-one-short", short, ".bbox", one_short)
    rows.add("mask-outside-bbox", outside, ".bbox", elsewhere)
    rows.add("bbox-differs", differs, ".bbox", lambda row: f"{text(row)}, {off[row]:.6g} px off")
    shift = shift_of(columns, ~wrong_boxes)
    if shift is not None:
        _, count, (right, down) = shift
        total = int((columns.pixels > 0).sum())
        text_of_all = f"{count} of {total} masks lie {right} px to the right and {down} px below"
        rows.add_once("masks-shifted", f"{text_of_all} of where their boxes are")


def is_one_short(columns: Columns) -> Flags:
    """Say which boxes are those of their masks but for a width or height that is one too small.

    Crowds of COCO 2017 have that too, and are let pass.
    """
    errors = side_errors(columns)
    short: Flags = (errors[:, :2] == 0).all(axis=1) & np.isin(errors[:, 2:], (0, -1)).all(axis=1)
    return short & (errors[:, 2:] < 0).any(axis=1) & ~columns.crowd


def shift_of(columns: Columns, chosen: Flags) -> tuple[Flags, int, tuple[int, int]] | None:
    """Find masks that lie beside their boxes by one and the same distance.

    Parameters
    ----------
    columns : Columns
    chosen : ndarray of bool
        The rows that are looked at.

    Returns
    -------
    shifted : ndarray of bool
    count : int
        How many they are.
    distance : (int, int)
        To the right and down, in pixels.

    None where they are few, or their distances differ.
    """
    moved = displaced(columns) & chosen
    if moved.sum() < _FEW:
        return None
    steps = -np.rint(side_errors(columns)[moved][:, :2]).astype(np.int64)
    distances, counts = np.unique(steps, axis=0, return_counts=True)
    best = distances[np.argmax(counts)]
    shifted = moved.copy()
    shifted[moved] = (np.abs(steps - best) <= 1).all(axis=1)
    count = int(shifted.sum())
    if count < max(_FEW, _SHIFTED_SHARE * (columns.pixels > 0).sum()):
        return None
    return shifted, count, (int(best[0]), int(best[1]))


def displaced(columns: Columns) -> Flags:
    """Say which masks are as large as their boxes, but lie elsewhere."""
    errors = side_errors(columns)
    alike = (np.abs(errors[:, :2] - errors[:, 2:]) <= BOX_TOLERANCE).all(axis=1)
    moved: Flags = alike & (np.abs(errors).max(axis=1) > BOX_TOLERANCE)
    return moved & (columns.pixels > 0)


def explanations(columns: Columns) -> dict[str, Flags]:
    """Say which masks would fit their boxes if something had been done to them."""
    height, width = columns.size.T
    left, top, right, bottom = columns.corners.T
    inverted = np.abs(columns.pixels + columns.area - height * width) <= 0.05 * columns.area
    inverted &= columns.pixels > columns.boxes[:, 2] * columns.boxes[:, 3]
    turned = {
        "mirrored left to right": (width - right, top, width - left, bottom),
        "upside down": (left, height - bottom, right, height - top),
        "turned by half": (width - right, height - bottom, width - left, height - top),
        "with x and y swapped": (top, left, bottom, right),
    }
    found: dict[str, Flags] = {
        name: (np.abs(columns.tight - np.stack(box, axis=1)) <= BOX_TOLERANCE).all(axis=1)
        for name, box in turned.items()
    }
    return {**found, "inverted: it covers what is not the object": inverted}


def _looks_like(columns: Columns, looks: dict[str, Flags], row: int) -> str:
    """Say what a mask that lies elsewhere looks like."""
    names = [name for name, fits in looks.items() if fits[row]]
    if names:
        return f"; it looks {' or '.join(names)}"
    corners, extent = columns.corners[row], columns.tight[row]
    apart = (corners[:2] >= extent[2:]).any() or (extent[:2] >= corners[2:]).any()
    return "; it looks like the mask of another object" if apart else ""


def check_rectangles(columns: Columns, rows: RowFindings) -> None:
    """Say where every mask is a rectangle: boxes that were written as masks."""
    masked = columns.has_mask & ~columns.crowd
    rectangular = is_rectangle(columns)
    if masked.sum() >= _MANY and rectangular[masked].all():
        rows.add_once("masks-are-boxes", f"all {masked.sum()} masks are upright rectangles")


_MANY = 20
"""Masks that are not all rectangles by chance."""


def is_rectangle(columns: Columns) -> Flags:
    """Say which masks fill an upright rectangle."""
    sides = columns.extent[:, 2:] - columns.extent[:, :2]
    full = np.abs(sides.prod(axis=1) - columns.enclosed) <= 0.01 * columns.enclosed
    return np.asarray(full & (columns.kind > 0))


def check_normalized(columns: Columns, rows: RowFindings) -> Flags:
    """Check for polygons that are fractions of the image; say which are."""
    small = (columns.extent >= 0).all(axis=1) & (columns.extent <= 1.001).all(axis=1)
    small &= (columns.size > 2).all(axis=1) & (columns.kind == POLYGONS)
    small &= (columns.extent[:, 2:] - columns.extent[:, :2] < 1).any(axis=1)

    def text(row: int) -> str:
        left, top, right, bottom = columns.extent[row]
        height, width = columns.size[row]
        image = f"in an image {width:.0f} x {height:.0f}"
        return f"x from {left:.4g} to {right:.4g}, y from {top:.4g} to {bottom:.4g} {image}"

    chosen = np.asarray(small)
    rows.add("polygon-normalized", chosen, ".segmentation", text)
    return chosen
