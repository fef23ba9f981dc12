"""Height and width swapped: in the record of an image, or in the sizes of its run lengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cocosynth.check.validate.columns import RLE, Columns, Flags
from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.tables import Tables
from cocosynth.coco.rle import decompress
from cocosynth.coco.runs import spans_of, tight_boxes
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

_CLOSE = 2.0
"""Pixels that the sides of a box may lie from those of its mask."""

_MOST = 0.8
"""The share of masks that must fit their boxes: real boxes are not all tight."""


class Swapped(NamedTuple):
    """An annotation whose run lengths have the size of its image, height and width swapped.

    Attributes
    ----------
    position : int
    image : int
        Row of the image.
    subject : Subject
    size : tuple of int
        Of the run lengths.
    own_fits, recorded_fits : bool
        Whether the mask fits the box if it is of its own size, or of that of the image.
    """

    position: int
    image: int
    subject: Subject
    size: Size
    own_fits: bool
    recorded_fits: bool


def is_swapped(segmentation: Any, size: Size | None) -> bool:
    """Say whether run lengths have the size of their image, height and width swapped."""
    return (
        isinstance(segmentation, dict)
        and size is not None
        and size[0] != size[1]
        and segmentation["size"] == [size[1], size[0]]
    )


def look_at_swapped(
    record: dict[str, Any], position: int, image: int, size: Size, subject: Subject
) -> Swapped:
    """Look at an annotation for which `is_swapped` holds."""
    own = (size[1], size[0])
    fits = (_fits(record, each) for each in (own, size))
    return Swapped(position, image, subject, own, *fits)


def _fits(record: dict[str, Any], size: Size) -> bool:
    """Say whether the mask fits the box of an annotation if its runs are those of this size."""
    counts = record["segmentation"]["counts"]
    try:
        runs = decompress(counts) if isinstance(counts, str) else np.array(counts, dtype=np.int64)
    except UnusableError:
        return False
    if not len(runs) or runs.min() < 0 or int(runs.astype(object).sum()) != size[0] * size[1]:
        return False
    extent = tight_boxes(spans_of(runs, np.array([0]), np.array([size[0]])))[0]
    left, top, width, height = record["bbox"]
    box = np.array([left, top, left + width, top + height])
    return bool((np.abs(box - extent) <= _CLOSE).all())


def check_swapped(
    swapped: Sequence[Swapped], columns: Columns, tables: Tables, findings: Findings
) -> dict[int, Size]:
    """Report swapped sizes: where the boxes prove that of an image wrong, it alone.

    The columns of its annotations get the right size, so that nothing else is blamed.

    Returns
    -------
    dict of int to (int, int)
        The right sizes of images, by row.
    """
    right: dict[int, Size] = {}
    for image in sorted({each.image for each in swapped}):
        own = [each for each in swapped if each.image == image]
        rows = columns.image == image
        if _is_record_wrong(own, columns, rows):
            right[image] = own[0].size
            columns.size[rows] = own[0].size
            height, width = own[0].size
            text = f"{height} x {width}, but its run lengths are {width} x {height}"
            where, subject = (
                f"$.images[{tables.positions[image]}]",
                Subject(tables.file_names[image]),
            )
            findings.add("image-record-swapped", where, f"{text} and fit their boxes", subject)
            tables.sizes[image] = own[0].size
            continue
        for each in own:
            text = f"{list(each.size)}, but [height, width] of the image is {list(each.size[::-1])}"
            where = f"$.annotations[{each.position}].segmentation.size"
            more = "; height and width are swapped"
            findings.add("rle-size-mismatch", where, text + more, each.subject)
    return right


def _is_record_wrong(own: list[Swapped], columns: Columns, rows: Flags) -> bool:
    """Say whether the record of an image is swapped: all that has a size says so, boxes agree."""
    fitting = sum(each.own_fits for each in own)
    if fitting < _MOST * len(own) or any(each.recorded_fits > each.own_fits for each in own):
        return False
    sized = columns.sound[rows] & (columns.kind[rows] == RLE)  # run lengths of the other size
    height, width = own[0].size
    reach = columns.corners[rows][:, 2:]
    return not sized.any() and bool((reach <= np.array([width, height]) + 1).all())
