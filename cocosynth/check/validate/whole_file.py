"""What is seen only in the whole of a file: crowds, images and categories without annotations."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from cocosynth.check.validate.columns import POLYGONS, Columns, Ints
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.tables import Tables

_NAMED = 5
"""Categories that are named; the others are counted."""


def check_crowds(columns: Columns, findings: Findings) -> None:
    """Say where crowds are so many that they are something else."""
    total, crowds = len(columns), int(columns.crowd.sum())
    single = ~columns.crowd & (columns.kind == POLYGONS) & (columns.parts == 1)
    singles = int(single.sum())
    many = crowds >= 3 and crowds * 10 > total
    telling = crowds and singles >= 100 and singles + crowds == total
    if many or telling:
        text = f"{crowds} of {total} annotations are crowds"
        text += "" if many else ", and no other has more than one part"
        findings.add("crowd-marks-parts", "$.annotations", text)


def check_crowdless(missing: int, total: int, findings: Findings) -> None:
    """Say where `iscrowd` is missing; LVIS has none, COCOeval stops without it."""
    if missing:
        text = f"{missing} of {total}; it is read as 0, but COCOeval stops without it"
        findings.add("iscrowd-missing", "$.annotations", text)


def check_images(
    columns: Columns, tables: Tables, broken: Collection[int], findings: Findings
) -> None:
    """Count images without annotations.

    Parameters
    ----------
    columns : Columns
    tables : Tables
    broken : collection of int
        Rows of images that annotations name which fail the schema.
    findings : Findings
    """
    bare = _unused(len(tables.sizes), columns.image, broken)
    if len(bare):
        named = tables.file_names[bare[0]] or f"$.images[{tables.positions[bare[0]]}]"
        text = f"{len(bare)} of {len(tables.sizes)}, the first is {named!r}"
        findings.add("image-without-annotations", "$.images", text)


def check_categories(
    columns: Columns, tables: Tables, broken: Collection[int], findings: Findings
) -> None:
    """Name categories without annotations."""
    total = len(tables.category_names)
    first = set(tables.category_rows.values())  # of those of one id
    bare = [row for row in _unused(total, columns.category, broken) if row in first]
    if len(bare) and len(columns):
        names = ", ".join(repr(tables.category_names[row]) for row in bare[:_NAMED])
        more = f" and {len(bare) - _NAMED} more" if len(bare) > _NAMED else ""
        text = f"{len(bare)} of {total}: {names}{more}"
        findings.add("category-without-annotations", "$.categories", text)


def _unused(total: int, rows: Ints, broken: Collection[int]) -> list[int]:
    used = np.zeros(total + 1, np.bool_)
    used[rows] = True  # -1 is the last, which stands for none
    used[list(broken)] = True
    return np.flatnonzero(~used[:-1]).tolist()
