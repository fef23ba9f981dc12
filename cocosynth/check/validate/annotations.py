"""The large table: what annotations refer to, and their numbers, a column for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cocosynth.check.validate.columns import Collected, Columns, Floats, Ints
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.kept import RowsOfIds
from cocosynth.check.validate.keypoints import Keypoints
from cocosynth.check.validate.segmentations import measured
from cocosynth.check.validate.swapped import Swapped, is_swapped, look_at_swapped
from cocosynth.check.validate.tables import Tables, id_of
from cocosynth.core.values import Size


class Annotations:
    """Checks annotations one by one, a batch at a time, and collects their numbers.

    Parameters
    ----------
    tables : Tables
    known : callable
        Says of a table's name whether the file has it: what is not there is no reference's fault.
    findings : Findings
    room : int
        How many annotations there are.
    masks : bool
        Whether masks are looked at later.
    """

    def __init__(
        self,
        tables: Tables,
        known: Callable[[str], bool],
        findings: Findings,
        room: int,
        *,
        masks: bool,
    ) -> None:
        self._tables, self._findings = tables, findings
        self._has_images, self._has_categories = known("images"), known("categories")
        sizes = [(np.nan, np.nan) if size is None else size for size in tables.sizes]
        self._sizes = np.array([*sizes, (np.nan, np.nan)], dtype=np.float64)
        self._columns = Collected(room, masks=masks)
        self.keypoints = Keypoints(tables, findings)
        self.swapped: list[Swapped] = []
        self.crowdless = 0
        self.broken_images: list[int] = []  # rows of them, by annotations that are broken
        self.broken_categories: list[int] = []

    def add(self, positions: list[int], records: list[dict[str, Any]]) -> None:
        """Check a batch of annotations that pass the schema."""
        if not records:
            return
        image = _rows(self._tables.rows, records, "image_id")
        category = _rows(self._tables.category_rows, records, "category_id")
        self._check_references(positions, records, image, category)
        boxes = np.array([record["bbox"] for record in records], dtype=np.float64)
        size = self._sizes[image]
        sizes = [self._tables.sizes[row] if row >= 0 else None for row in image.tolist()]
        found, findings = measured(records, sizes, grown(boxes, size))
        for row, (rule, path, text) in findings:
            self._add(rule, positions[row], path, records[row], text)
        self._note_swapped(positions, records, sizes, image)
        crowd = np.array([bool(record.get("iscrowd")) for record in records])
        self.crowdless += sum("iscrowd" not in record for record in records)
        keys = [hash((r["image_id"], r["category_id"], *r["bbox"])) for r in records]
        area = np.array([record["area"] for record in records], dtype=np.float64)
        found = found._replace(sound=found.sound & (image >= 0))
        columns = Columns(
            np.array(positions), np.array([r["id"] for r in records], dtype=np.int64),
            image, category, boxes, area, crowd, found.kind, found.parts, found.sound,
            found.extent, found.outline, found.enclosed, np.array(keys), size,
            found.pixels, found.inside, found.tight,
        )  # fmt: skip
        self._columns.add(columns)
        self.keypoints.add(positions, records, image, category, columns.corners, size)

    def add_broken(self, records: list[Any]) -> None:
        """Note what annotations that fail the schema name: it is not without any."""
        for key, rows, known in (
            ("image_id", self._tables.rows, self.broken_images),
            ("category_id", self._tables.category_rows, self.broken_categories),
        ):
            ids = (id_of(record, key) for record in records)
            known.extend(rows[i] for i in ids if i is not None and i in rows)

    def finish(self) -> Columns:
        """Return the columns of all annotations added."""
        return self._columns.finish()

    def _add(self, rule: str, position: int, path: str, record: dict[str, Any], text: str) -> None:
        subject = self._tables.subject_of(record)
        self._findings.add(rule, f"$.annotations[{position}]{path}", text, subject)

    def _note_swapped(
        self,
        positions: list[int],
        records: list[dict[str, Any]],
        sizes: list[Size | None],
        image: Ints,
    ) -> None:
        for row, (record, size) in enumerate(zip(records, sizes, strict=True)):
            if size is not None and is_swapped(record.get("segmentation"), size):
                subject = self._tables.subject_of(record)
                seen = look_at_swapped(record, positions[row], int(image[row]), size, subject)
                self.swapped.append(seen)

    def _check_references(
        self, positions: list[int], records: list[dict[str, Any]], image: Ints, category: Ints
    ) -> None:
        for row in np.flatnonzero(image < 0).tolist() if self._has_images else ():
            text = f"no image has the id {records[row]['image_id']}"
            self._add("unknown-image", positions[row], ".image_id", records[row], text)
        for row in np.flatnonzero(category < 0).tolist() if self._has_categories else ():
            text = f"no category has the id {records[row]['category_id']}"
            self._add("unknown-category", positions[row], ".category_id", records[row], text)
        for position, record in zip(positions, records, strict=True):
            if record["id"] == 0:
                text = "COCOeval takes the id 0 for no match"
                self._add("annotation-id-zero", position, ".id", record, text)


def _rows(known: dict[int, int] | RowsOfIds, records: list[dict[str, Any]], key: str) -> Ints:
    return np.array([known.get(record[key], -1) for record in records], dtype=np.int64)


def grown(boxes: Floats, size: Floats) -> Floats:
    """Return boxes grown by one pixel on each side: left, top, right, bottom inside the image."""
    bounds = np.nan_to_num(size[:, [1, 0, 1, 0]])
    low = np.floor(boxes[:, :2] - 1)
    high = np.ceil(boxes[:, :2] + boxes[:, 2:] + 1)
    return np.clip(np.concatenate((low, high), axis=1), 0, bounds)
