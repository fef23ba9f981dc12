"""Rules on boxes that need no masks: their form, their place in the image, their size."""

from __future__ import annotations

import numpy as np

from cocosynth.check.validate.box_forms import COCO, FORMS, BoxForms, forms_of, named
from cocosynth.check.validate.columns import Columns, Flags, Floats, blocks
from cocosynth.check.validate.rows import RowFindings

_FEW = 10
"""Boxes that a file must have for a remark on all of them."""


def check_boxes(columns: Columns, rows: RowFindings, *, tolerance: float) -> tuple[BoxForms, Flags]:
    """Check the boxes of all annotations.

    Parameters
    ----------
    columns : Columns
    rows : RowFindings
        What takes the findings.
    tolerance : float
        Pixels that a box may reach beyond its image.

    Returns
    -------
    BoxForms
    ndarray of bool
        Which boxes are at fault already: whatever else is wrong with them follows from that.
    """
    forms = forms_of(columns, tolerance=tolerance)
    reported = _check_forms(columns, forms, rows)
    reported |= _check_empty(columns, rows)
    width, height = columns.size[:, 1], columns.size[:, 0]
    beyond = np.empty(len(columns))
    for block, part in blocks(columns):
        corners, bounds = part.corners, part.size[:, ::-1]
        beyond[block] = np.maximum(-corners[:, :2], corners[:, 2:] - bounds).max(axis=1)
    outside = (beyond > tolerance) & ~reported

    def text(row: int) -> str:
        image = f"in an image {width[row]:.0f} x {height[row]:.0f}"
        found = tuple(np.flatnonzero(forms.fits[:, row]).tolist())
        else_fits = f"; it would fit as {named(found)}" if found else ""
        return f"{written(columns, row)} {image} reaches {beyond[row]:.6g} px beyond it{else_fits}"

    rows.add("bbox-outside-image", outside, ".bbox", text)
    _check_whole_images(columns, rows)
    return forms, reported | outside


def written(columns: Columns, row: int) -> str:
    """Return a box as it stands in the file."""
    return f"[{', '.join(f'{number:.10g}' for number in columns.boxes[row])}]"


def box_text(corners: Floats) -> str:
    """Return left, top, right and bottom as a COCO box."""
    left, top, right, bottom = corners
    return f"[{left:.6g}, {top:.6g}, {right - left:.6g}, {bottom - top:.6g}]"


def against_mask(columns: Columns, row: int) -> str:
    """Say what a box is, and what its mask fills."""
    extent = box_text(columns.clipped_extent[row])
    return f"{written(columns, row)}, but the mask fills {extent}"


def _check_forms(columns: Columns, forms: BoxForms, rows: RowFindings) -> Flags:
    reported = forms.own > 0

    def fits_as(row: int) -> str:
        return f"{against_mask(columns, row)}; it fits as {FORMS[forms.own[row]].text}"

    for rule in sorted({form.rule for form in FORMS[1:]}):
        own = np.isin(forms.own, [i for i, form in enumerate(FORMS) if form.rule == rule])
        rows.add(rule, np.asarray(own & (forms.own > 0)), ".bbox", fits_as)
    if forms.others:
        rules = {FORMS[form].rule for form in forms.others}
        rule = rules.pop() if len(rules) == 1 else "bbox-other-form"
        bare = np.asarray(forms.fits[list(forms.others)].any(axis=0))
        wrong = bare & ~forms.fits[0]
        wrong = wrong if wrong.any() else bare  # all fit as COCO, too: other things tell
        total = int(bare.sum())

        def over_file(row: int) -> str:
            height, width = columns.size[row]
            image = f"in an image {width:.0f} x {height:.0f}"
            whole = f"as do all {total} boxes without masks" if total > 1 else f"not as {COCO}"
            return f"{written(columns, row)} {image} fits as {named(forms.others)}, {whole}"

        rows.add(rule, wrong, ".bbox", over_file)
        reported |= bare
    return reported


def _check_empty(columns: Columns, rows: RowFindings) -> Flags:
    empty: Flags = (columns.boxes[:, 2:] == 0).any(axis=1)
    masked = empty & columns.has_mask & ~np.isnan(columns.extent).any(axis=1)
    rows.add("bbox-empty", empty & ~masked, ".bbox",
             lambda row: f"{written(columns, row)} encloses nothing")  # fmt: skip
    rows.add("bbox-empty-with-mask", masked, ".bbox", lambda row: against_mask(columns, row))
    return masked


def _check_whole_images(columns: Columns, rows: RowFindings) -> None:
    """Say where every box is its image: pictures of single objects, not boxes around them."""
    if len(columns) >= _FEW and all(is_whole_image(part).all() for _, part in blocks(columns)):
        rows.add_once("boxes-are-images", f"all {len(columns)} boxes are as large as their images")


def is_whole_image(columns: Columns) -> Flags:
    """Say which boxes are as large as their image."""
    whole = (np.abs(columns.corners[:, :2]) <= 1).all(axis=1)
    return np.asarray(whole & (np.abs(columns.corners[:, 2:] - columns.size[:, ::-1]) <= 1).all(1))
