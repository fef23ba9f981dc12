"""Objects that are annotated twice: the same record again, or another one of the same pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import numpy as np
from pycocotools import mask as coco_mask

from cocosynth.check.validate.box_forms import iou
from cocosynth.check.validate.columns import BLOCK, Columns, Flags, Ints, blocks
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.tables import Tables
from cocosynth.coco.document import BATCH, Document
from cocosynth.coco.masks import parts_of, united
from cocosynth.core.values import Size

NEARLY = 0.95
"""The overlap (IoU) from which on two annotations cover the same pixels."""

_NEIGHBOURS = 8
"""How many annotations of an image, in the order of their boxes, each is compared with."""

_MOST_PAIRS = 20_000
"""Pairs whose masks are compared; a file with more is beyond help by pairs."""


def check_repeated(
    document: Document, columns: Columns, tables: Tables, findings: Findings
) -> None:
    """Find ids and records that occur twice, and annotations of the same pixels."""
    for row in repeated(columns.ids)[0].tolist():
        where = f"$.annotations[{columns.position[row]}].id"
        text = f"{columns.ids[row]} is the id of an earlier annotation too"
        findings.add("duplicate-id", where, text, _subject(columns, tables, row))
    again = np.zeros(len(columns), np.bool_)
    for row, earlier in duplicates(document, columns):
        again[row] = True
        place = f"$.annotations[{columns.position[earlier]}]"
        text = f"the same as annotation {columns.ids[earlier]}, {place}"
        where = f"$.annotations[{columns.position[row]}]"
        findings.add("duplicate-annotation", where, text, _subject(columns, tables, row))
    for one, other, share in _alike(document, columns, ~again):
        same = columns.category[one] == columns.category[other]
        rule = "near-duplicate" if same else "two-categories"
        category = tables.category_names[columns.category[one]]
        text = f"{share:.0%} the same as annotation {columns.ids[one]} ({category})"
        where = f"$.annotations[{columns.position[other]}]"
        findings.add(rule, where, text, _subject(columns, tables, other))


def _subject(columns: Columns, tables: Tables, row: int) -> Any:
    ids = (int(columns.image[row]), int(columns.category[row]), int(columns.ids[row]))
    return tables.subject(*ids)


def repeated(values: Ints) -> tuple[Ints, Ints]:
    """Return where values stand that occurred before, and where those stand first."""
    order = np.argsort(values, kind="stable")
    again = np.flatnonzero(values[order][1:] == values[order][:-1]) + 1
    starts = again[np.diff(again, prepend=-1) > 1] - 1
    return np.sort(order[again]), order[starts]


def duplicates(document: Document, columns: Columns) -> list[tuple[int, int]]:
    """Return the rows of annotations that repeat an earlier one, each with the row of that one."""
    candidates = np.sort(np.concatenate(repeated(columns.key))).tolist()
    first: dict[bytes, int] = {}
    found = []
    for start in range(0, len(candidates), BATCH):
        rows = candidates[start : start + BATCH]
        records = document.records("annotations", columns.position[rows].tolist())
        for row, record in zip(rows, records, strict=True):
            earlier = first.setdefault(identity(record), row)
            if earlier != row:
                found.append((row, earlier))
    return found


def identity(record: dict[str, Any]) -> bytes:
    """Return a digest of what makes two annotations the same object, all but the id."""
    named = ("image_id", "category_id", "bbox", "iscrowd", "segmentation", "keypoints")
    values = [record.get(name, 0 if name == "iscrowd" else None) for name in named]
    return hashlib.sha256(msgspec.json.encode(plain(values))).digest()


def plain(value: Any) -> Any:
    """Write a value in one way: whole numbers as integers, keys in order."""
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: plain(value[key]) for key in sorted(value)}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _alike(document: Document, columns: Columns, chosen: Flags) -> Iterator[tuple[int, int, float]]:
    """Yield two rows and their overlap, for annotations that cover the same pixels of an image."""
    for one, other, boxes in _pairs(columns, chosen):
        if columns.has_mask[one] and columns.has_mask[other]:
            size = (int(columns.size[one, 0]), int(columns.size[one, 1]))
            share = _mask_iou(document, columns.position[[one, other]].tolist(), size)
        else:
            share = boxes
        if share > NEARLY:
            yield one, other, share


def _pairs(columns: Columns, chosen: Flags) -> Iterator[tuple[int, int, float]]:
    """Yield pairs of single objects in an image whose boxes are nearly the same."""
    masked = columns.has_mask & ~np.isnan(columns.extent).any(axis=1)
    boxes = np.empty((len(columns), 4))
    for block, part in blocks(columns):
        boxes[block] = np.where(masked[block, None], part.clipped_extent, part.corners)
    chosen = chosen & (columns.image >= 0) & (columns.category >= 0) & ~columns.crowd
    chosen &= ~(columns.outline > 1e6)
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((boxes[rows, 2], boxes[rows, 0], columns.image[rows]))]
    pairs: list[tuple[int, int, float]] = []
    steps = product(range(1, _NEIGHBOURS + 1), range(0, len(rows), BLOCK))
    for step, start in steps:  # some at a time
        other = rows[start + step : start + step + BLOCK]
        one = rows[start : start + len(other)]
        near = (columns.image[one] == columns.image[other]) & (masked[one] == masked[other])
        one, other = one[near], other[near]
        shares = iou(boxes[one], boxes[other])
        alike = shares > NEARLY
        pairs += zip(
            one[alike].tolist(), other[alike].tolist(), shares[alike].tolist(), strict=True
        )
    yield from sorted((min(a, b), max(a, b), share) for a, b, share in pairs[:_MOST_PAIRS])


def _mask_iou(document: Document, positions: list[int], size: Size) -> float:
    """Return the overlap of two masks, as a fraction of their union."""
    rles = []
    for record in document.records("annotations", positions):
        segmentation = record["segmentation"]
        if isinstance(segmentation, list):
            rles.append(united(parts_of(segmentation, size)))
        elif isinstance(segmentation["counts"], list):
            rles.append(coco_mask.frPyObjects(segmentation, *size))
        else:
            rles.append(segmentation)
    return float(coco_mask.iou(rles[:1], rles[1:], [0])[0, 0])
