"""The large table: what annotations refer to, and what is wrong among them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.boxes import box_findings
from cocosynth.check.validate.report import Findings
from cocosynth.check.validate.segmentations import segmentation_findings, sound_rles
from cocosynth.check.validate.small_tables import Tables, id_of
from cocosynth.coco.document import BATCH, Document

Ints = NDArray[np.int64]

MASK_FAULT, BOX_FAULT = 1, 2
"""What is known of an annotation: its segmentation gives no mask; its box is at fault."""


class Annotations:
    """Collects a few numbers of each annotation, a batch at a time, and checks them.

    Parameters
    ----------
    tables : Tables
    known : callable
        Says of a table's name whether the file has it: what is not there is no reference's fault.
    findings : Findings
    tolerance : float
        How many pixels a box may reach beyond its image.
    """

    def __init__(
        self, tables: Tables, known: Callable[[str], bool], findings: Findings, tolerance: float
    ) -> None:
        self._tables, self._findings, self._tolerance = tables, findings, tolerance
        self._has_images, self._has_categories = known("images"), known("categories")
        sizes = [(np.nan, np.nan) if size is None else size for size in tables.sizes]
        self._sizes = np.array([*sizes, (np.nan, np.nan)], dtype=np.float64)
        self._numbers: list[Ints] = []
        self._crowds = self._singles = self._several = 0
        self._annotated: set[int] = set()  # rows of images, by annotations that are broken

    def add(self, positions: list[int], records: list[dict[str, Any]]) -> None:
        """Check a batch of annotations that pass the schema."""
        if not records:
            return
        get = self._tables.rows.get
        rows = np.array([get(record["image_id"], -1) for record in records], dtype=np.int64)
        self._check_references(positions, records, rows)
        boxes = np.array([record["bbox"] for record in records], dtype=np.float64)
        faults = self._check_each(positions, records, rows)
        for i, rule, text in box_findings(boxes, self._sizes[rows], tolerance=self._tolerance):
            self._add(rule, positions[i], ".bbox", records[i], text)
            faults[i] |= BOX_FAULT
        keys = [hash((r["image_id"], r["category_id"], *r["bbox"])) for r in records]
        ids = np.array([record["id"] for record in records], dtype=np.int64)
        self._numbers.append(np.stack((np.array(positions), ids, rows, np.array(keys), faults)))

    def add_broken(self, records: list[Any]) -> None:
        """Note the images of annotations that fail the schema: they are not without any."""
        rows = self._tables.rows
        ids = {id_of(record, "image_id") for record in records}
        self._annotated.update(rows[i] for i in ids if i is not None and i in rows)

    def _add(self, rule: str, position: int, path: str, record: dict[str, Any], text: str) -> None:
        where = f"$.annotations[{position}]{path}"
        self._findings.add(rule, where, f"annotation {record['id']}: {text}")

    def _check_references(
        self, positions: list[int], records: list[dict[str, Any]], rows: Ints
    ) -> None:
        if self._has_images:
            for i in np.flatnonzero(rows < 0).tolist():
                text = f"no image has the id {records[i]['image_id']}"
                self._add("unknown-image", positions[i], ".image_id", records[i], text)
        for i, record in zip(positions, records, strict=True):
            if self._has_categories and record["category_id"] not in self._tables.categories:
                text = f"no category has the id {record['category_id']}"
                self._add("unknown-category", i, ".category_id", record, text)
            if record["id"] == 0:
                text = "COCOeval takes the id 0 for no match; number annotations from 1"
                self._add("annotation-id-zero", i, ".id", record, text)
            if "keypoints" in record:
                self._check_keypoints(i, record)

    def _check_keypoints(self, position: int, record: dict[str, Any]) -> None:
        names = self._tables.categories.get(record["category_id"])
        found = len(record["keypoints"])
        if found % 3 or (names is not None and found != 3 * names):
            text = f"{found} numbers; x, y, visibility of {names or 'each'} keypoints are needed"
            self._add("keypoints-mismatch", position, ".keypoints", record, text)

    def _check_each(self, positions: list[int], records: list[dict[str, Any]], rows: Ints) -> Ints:
        """Check segmentations; return `MASK_FAULT` for those that cannot be turned into a mask."""
        faults = np.where(rows < 0, MASK_FAULT, 0)
        sizes = [self._tables.sizes[row] if row >= 0 else None for row in rows]
        sound = sound_rles(records, sizes)
        for i, (record, size) in enumerate(zip(records, sizes, strict=True)):
            segmentation = record.get("segmentation")
            self._count(record["iscrowd"], segmentation)
            if i in sound:
                continue
            for rule, path, text in segmentation_findings(record, size):
                self._add(rule, positions[i], path, record, text)
                faults[i] |= MASK_FAULT * (rule != "crowd-polygon")
        return faults

    def _count(self, crowd: int, segmentation: Any) -> None:
        if crowd:
            self._crowds += 1
        elif isinstance(segmentation, list) and len(segmentation) == 1:
            self._singles += 1
        else:
            self._several += 1

    def finish(self, document: Document) -> Ints:
        """Check all annotations together.

        Returns
        -------
        ndarray of int64, shape (n, 3)
            Position, row of the image and faults (`MASK_FAULT`, `BOX_FAULT`) of each annotation.
        """
        numbers = np.concatenate([*self._numbers, np.zeros((5, 0), dtype=np.int64)], axis=1)
        position, ids, rows, keys, faults = numbers
        for i in _repeated(ids)[0]:
            where = f"$.annotations[{position[i]}].id"
            text = f"{ids[i]} is the id of an earlier annotation too"
            self._findings.add("duplicate-id", where, text)
        self._find_duplicates(document, position[np.sort(np.concatenate(_repeated(keys)))])
        self._check_crowds()
        self._check_images(rows)
        return np.stack((position, rows, faults), axis=1)

    def _find_duplicates(self, document: Document, candidates: Ints) -> None:
        for position, record, earlier in duplicates(document, candidates):
            text = f"the same box, category and segmentation as annotation {earlier}"
            self._add("duplicate-annotation", position, "", record, text)

    def _check_crowds(self) -> None:
        total = self._crowds + self._singles + self._several
        many = self._crowds >= 3 and self._crowds * 10 > total
        telling = self._crowds and self._singles >= 100 and not self._several
        if many or telling:
            text = f"{self._crowds} of {total} annotations are crowds"
            text += "" if many else ", and no other has more than one part"
            self._findings.add("crowd-marks-parts", "$.annotations", text)

    def _check_images(self, rows: Ints) -> None:
        total = len(self._tables.sizes)
        bare = np.setdiff1d(np.arange(total), [*np.unique(rows), *self._annotated])
        if len(bare):
            text = f"{len(bare)} of {total}, the first is {self._tables.file_names[bare[0]]!r}"
            self._findings.add("image-without-annotations", "$.images", text)


def _repeated(values: Ints) -> tuple[Ints, Ints]:
    """Return where values stand that occurred before, and where those stand first."""
    order = np.argsort(values, kind="stable")
    again = np.flatnonzero(values[order][1:] == values[order][:-1]) + 1
    starts = again[np.diff(again, prepend=-1) > 1] - 1
    return np.sort(order[again]), order[starts]


def duplicates(document: Document, candidates: Ints) -> list[tuple[int, dict[str, Any], int]]:
    """Return, of some annotations, those that repeat an earlier one, and the id of that one."""
    first: dict[bytes, int] = {}
    found = []
    for start in range(0, len(candidates), BATCH):
        positions = candidates[start : start + BATCH].tolist()
        for position, record in zip(
            positions, document.records("annotations", positions), strict=True
        ):
            key = identity(record)
            if key in first:
                found.append((position, record, first[key]))
            first.setdefault(key, record["id"])
    return found


def identity(record: dict[str, Any]) -> bytes:
    """Return a digest of what makes two annotations the same object, all but the id."""
    named = ("image_id", "category_id", "bbox", "iscrowd", "segmentation", "keypoints")
    return hashlib.sha256(msgspec.json.encode([record.get(name) for name in named])).digest()
