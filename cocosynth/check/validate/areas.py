"""Rules on areas: against the box where there is no mask, against the mask where it is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cocosynth.check.validate.columns import Columns, Flags, Floats
from cocosynth.check.validate.rows import RowFindings

OUTLINE_SHARE = 0.25
"""The part of a pixel, along the outline of its box, that an area may differ from its mask."""

AREA_SLACK = 2.0
"""Pixels that an area may differ by however small the box."""

BOX_ROUNDING = 0.51
"""How far an area may be from width x height of the box to be called that: it may be rounded."""

FAR_OFF = 2.0
"""The factor from which on an area is no matter of taste."""

_SAME_FACTOR = 0.02
"""How far factors of areas may differ to be one."""

_MOST = 0.8
"""The share of areas that one factor must explain."""

_FEW = 3
"""Areas that a factor must be seen in."""


def box_areas(columns: Columns) -> Floats:
    """Return width x height of each box."""
    return columns.boxes[:, 2] * columns.boxes[:, 3]


def area_fits(columns: Columns, *, exact: bool = False) -> Flags:
    """Say which areas are those of the masks, within the tolerance."""
    allowed = 0 if exact else AREA_SLACK + OUTLINE_SHARE * 2 * columns.boxes[:, 2:].sum(axis=1)
    fits: Flags = np.abs(columns.area - columns.pixels) <= allowed
    return fits


def factor_of(columns: Columns, against: Floats, chosen: Flags) -> float | None:
    """Return the factor that all areas are off by, if it is one.

    Parameters
    ----------
    columns : Columns
    against : ndarray
        What areas should be.
    chosen : ndarray of bool
        The rows that are looked at.
    """
    chosen = chosen & (against > 0)
    if chosen.sum() < _FEW:
        return None
    ratio = columns.area[chosen] / against[chosen]
    factor = float(np.median(ratio))
    alike = np.abs(ratio - factor) <= _SAME_FACTOR * factor
    is_one = abs(factor - 1) <= 5 * _SAME_FACTOR
    return None if factor <= 0 or is_one or alike.mean() < _MOST else factor


def mask_factor(columns: Columns) -> float | None:
    """Return the factor that all areas are off those of their masks by, if it is one."""
    return factor_of(columns, columns.pixels, (columns.pixels > 0) & (columns.area > 0))


def is_off_by(columns: Columns, factor: float) -> Flags:
    """Say which areas are off those of their masks by a factor."""
    ratio = columns.area / columns.pixels
    return np.asarray(np.abs(ratio - factor) <= _SAME_FACTOR * factor)


def check_bare_areas(columns: Columns, rows: RowFindings, *, wrong_boxes: Flags) -> None:
    """Check areas of annotations without a mask, and areas of 0."""
    sides = box_areas(columns)
    bare = ~columns.has_mask & ~wrong_boxes & (sides > 0)
    zero = (columns.area == 0) & (sides > 0)
    rows.add("area-zero", zero, ".area", lambda row: f"0, but the box has {sides[row]:.10g} pixels")
    factor = factor_of(columns, sides, bare & ~zero)
    if factor is not None:
        rows.add_once("area-scaled", f"areas are {factor:.4g} times width x height of their boxes")
    if factor is None or factor < 1:
        larger = bare & (columns.area > sides * 1.01 + 1)
        rows.add(
            "area-exceeds-box", larger, ".area",
            lambda row: f"{columns.area[row]:.10g}, but the box has {sides[row]:.10g} pixels",
        )  # fmt: skip


def check_mask_areas(columns: Columns, rows: RowFindings, *, exact: bool) -> None:
    """Check areas of annotations whose masks are known."""
    sides = box_areas(columns)
    known = columns.pixels > 0
    factor = mask_factor(columns)
    if factor is not None:
        rows.add_once("area-scaled", f"areas are {factor:.4g} times the pixels of their masks")
        known &= ~is_off_by(columns, factor)
    wrong = known & ~area_fits(columns, exact=exact) & ((columns.area > 0) | (sides == 0))

    def text(row: int) -> str:
        return f"{columns.area[row]:.10g}, but the mask has {columns.pixels[row]:.0f} pixels"

    def as_box(row: int) -> str:
        pixels = f"the mask has {columns.pixels[row]:.0f} pixels"
        return f"{columns.area[row]:.10g} is width x height of the box; {pixels}"

    for rule, chosen in _kinds_of_wrong(columns, sides, wrong):
        rows.add(rule, chosen, ".area", as_box if rule == "area-is-box" else text)


def _kinds_of_wrong(columns: Columns, sides: Floats, wrong: Flags) -> Iterator[tuple[str, Flags]]:
    as_box = wrong & (np.abs(columns.area - sides) <= BOX_ROUNDING)
    far = is_far_off(columns)
    yield "area-is-box", as_box
    yield "area-far-off", wrong & ~as_box & far
    yield "area-differs", wrong & ~as_box & ~far


def is_far_off(columns: Columns) -> Flags:
    """Say which areas are less than half of the mask, or more than twice as much."""
    far = columns.area * FAR_OFF < columns.pixels - AREA_SLACK
    return np.asarray(far | (columns.area > columns.pixels * FAR_OFF + AREA_SLACK))
