"""Sizes of images that their files, or the run lengths of their annotations, prove wrong."""

from __future__ import annotations

from collections import Counter

import numpy as np

from cocosynth.check.fix.edits import Edits, Fix
from cocosynth.check.validate.columns import RLE, Columns
from cocosynth.check.validate.image_rules import ratio_of
from cocosynth.check.validate.swapped import Swapped
from cocosynth.check.validate.validate import View
from cocosynth.core.values import Size

_BESIDE = 1.0
"""Pixels that boxes and masks may reach beyond an image."""

_FEW = 3
"""Images that may have been given the same wrong size by chance."""


def fix_sizes(view: View, edits: Edits) -> bool:
    """Correct the recorded sizes of images; say whether any was.

    That of a file is taken where the annotations fit it, and the picture is not just a smaller or
    larger one; that of run lengths where all of the image have it, and fit their boxes.
    """
    changed = False
    for row, size in view.swapped.items():
        changed |= _write(view, row, size, "image-record-swapped", edits)
    for row, size in _right_sizes(view).items():
        changed |= _write(view, row, size, "image-size-mismatch", edits)
    return changed


def _write(view: View, row: int, size: Size, rule: str, edits: Edits) -> bool:
    position = view.tables.positions[row]
    record = edits.record("images", position)
    sides = zip(("height", "width"), size, strict=True)
    fixes: list[Fix] = [(rule, key, side) for key, side in sides if record.get(key) != side]
    return edits.apply("images", position, fixes)


def _right_sizes(view: View) -> dict[int, Size]:
    """Return the sizes of files that their records should have, by the row of the image."""
    wrong: dict[int, tuple[Size, Size]] = {}
    for row, file in view.files:
        recorded, stored = view.tables.sizes[row], file.size
        if recorded is None or stored is None or file.turned or recorded == stored:
            continue
        if ratio_of(recorded, stored) is None and _fits(view.columns, row, stored):
            wrong[row] = recorded, stored
    alike = Counter(wrong.values())  # many pictures brought to one size: their records are right
    return {
        row: stored
        for row, (recorded, stored) in wrong.items()
        if stored == recorded[::-1] or alike[recorded, stored] < _FEW
    }


def _fits(columns: Columns, row: int, size: Size) -> bool:
    """Say whether all annotations of an image fit another size, and no run lengths the old one."""
    own = columns.image == row
    bounds = np.array(size[::-1]) + _BESIDE
    fits = (columns.corners[own, 2:] <= bounds).all()
    fits &= not (columns.extent[own, 2:] > bounds).any()
    return bool(fits and not ((columns.kind == RLE) & columns.sound)[own].any())


def fix_run_length_sizes(swapped: list[Swapped], view: View, edits: Edits) -> bool:
    """Swap height and width of run lengths that then fit image and box; say whether any was."""
    changed = False
    for each in swapped:
        if each.image not in view.swapped and each.recorded_fits and not each.own_fits:
            segmentation = edits.record("annotations", each.position)["segmentation"]
            right = {**segmentation, "size": list(each.size[::-1])}
            fixes: list[Fix] = [("rle-size-mismatch", "segmentation", right)]
            changed |= edits.apply("annotations", each.position, fixes)
    return changed
