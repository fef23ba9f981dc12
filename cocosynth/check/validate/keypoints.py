"""Rules on the keypoints of annotations: their number, visibilities and places."""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from cocosynth.check.validate import keypoint_places
from cocosynth.check.validate.columns import Flags, Floats, Ints
from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.keypoint_places import Places
from cocosynth.check.validate.tables import Tables


class _Points(NamedTuple):
    """The keypoints of a batch, one below the other."""

    row: Ints  # of the annotation in the batch
    number: Ints  # from 1
    place: Floats  # (n, 2)
    visibility: Floats


class Keypoints:
    """Checks keypoints a batch at a time; their places once all are seen.

    Parameters
    ----------
    tables : Tables
    findings : Findings
    """

    def __init__(self, tables: Tables, findings: Findings) -> None:
        self._tables, self._findings = tables, findings
        self._places: list[Places] = []
        self._nameless: set[int] = set()  # rows of categories

    def add(
        self,
        positions: list[int],
        records: list[dict[str, Any]],
        image: Ints,
        category: Ints,
        corners: Floats,
        size: Floats,
    ) -> None:
        """Check the keypoints of a batch of annotations that pass the schema.

        Parameters
        ----------
        positions : list of int
        records : list of dict
        image, category : ndarray of int64
            Rows in the tables.
        corners : ndarray, shape (n, 4)
            Left, top, right and bottom of the boxes.
        size : ndarray, shape (n, 2)
            Height and width of the images.
        """
        good = [
            row
            for row, record in enumerate(records)
            if "keypoints" in record and self._has_all(positions[row], record, category[row])
        ]
        if not good:
            return
        points = _points_of(records, good)
        self._check_values(positions, records, good, points)
        labelled = points.visibility > 0
        row, place = points.row[labelled], points.place[labelled]
        if len(row):
            heads = np.flatnonzero(np.diff(row, prepend=-1))
            low, high = np.minimum.reduceat(place, heads), np.maximum.reduceat(place, heads)
            own = row[heads]
            ids = np.array([records[i]["id"] for i in own.tolist()], dtype=np.int64)
            rows = np.array(positions)[own], ids, image[own], category[own]
            bounds = np.concatenate((low, high), axis=1)
            self._places.append(Places(*rows, bounds, corners[own], size[own]))

    def _has_all(self, position: int, record: dict[str, Any], category: int) -> bool:
        names = self._tables.keypoints[category] if category >= 0 else None
        found = len(record["keypoints"])
        if found and names is None and category >= 0:
            self._nameless.add(int(category))
        if found % 3 == 0 and names in (None, found // 3):
            return True
        text = f"{found} numbers; x, y, visibility of {names or 'each'} keypoints are needed"
        self._add("keypoints-mismatch", position, "keypoints", record, text)
        return False

    def _check_values(
        self, positions: list[int], records: list[dict[str, Any]], good: list[int], points: _Points
    ) -> None:
        visibility = points.visibility
        for i in _first_of_each(points, ~np.isin(visibility, (0, 1, 2))):
            row = points.row[i]
            text = f"keypoint {points.number[i]} has the visibility {visibility[i]:g}"
            self._add("keypoint-visibility", positions[row], "keypoints", records[row], text)
        for i in _first_of_each(points, (visibility == 0) & (points.place != 0).any(axis=1)):
            row, (x, y) = points.row[i], points.place[i]
            text = f"keypoint {points.number[i]} at {x:g}, {y:g} has the visibility 0"
            self._add("keypoint-unlabelled-place", positions[row], "keypoints", records[row], text)
        labelled = np.bincount(points.row[visibility > 0], minlength=len(records)).tolist()
        for row in good:
            claimed = records[row].get("num_keypoints")
            if claimed != labelled[row] and (claimed is not None or records[row]["keypoints"]):
                text = "it is missing" if claimed is None else f"{claimed:g}"
                text += f"; {labelled[row]} have a visibility above 0"
                key = "num_keypoints"
                self._add("num-keypoints-differs", positions[row], key, records[row], text)

    def finish(self) -> None:
        """Check the places of all keypoints: first all together, then one by one."""
        for category in sorted(self._nameless):
            name = self._tables.category_names[category]
            text = f"annotations of {name!r} have keypoints"
            self._findings.add("keypoint-names-missing", "$.categories", text, Subject(None, name))
        if not self._places:
            return
        places = keypoint_places.joined(self._places)
        reading = keypoint_places.reading_of(places)
        if reading is not None:
            self._findings.add(reading[0], "$.annotations", reading[1])
            return
        for rule, rows, message in keypoint_places.misplaced(places):
            for row in rows.tolist():
                where = f"$.annotations[{places.position[row]}].keypoints"
                ids = (places.image[row], places.category[row], places.ids[row])
                self._findings.add(rule, where, message(row), self._tables.subject(*ids))

    def _add(self, rule: str, position: int, key: str, record: dict[str, Any], text: str) -> None:
        where = f"$.annotations[{position}].{key}"
        self._findings.add(rule, where, text, self._tables.subject_of(record))


def _points_of(records: list[dict[str, Any]], rows: list[int]) -> _Points:
    lists = [records[row]["keypoints"] for row in rows]
    values = _numbers(lists).reshape(-1, 3)
    counts = np.array([len(each) // 3 for each in lists], dtype=np.int64)
    number = np.arange(len(values)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    return _Points(np.repeat(np.array(rows, np.int64), counts), number, values[:, :2], values[:, 2])


def _numbers(lists: list[list[float]]) -> Floats:
    try:
        return np.fromiter(chain.from_iterable(lists), np.float64)
    except OverflowError:  # JSON has integers that no float holds
        return np.array([max(min(v, 1e300), -1e300) for each in lists for v in each], np.float64)


def _first_of_each(points: _Points, chosen: Flags) -> list[int]:
    """Return the first of some points of each annotation."""
    at = np.flatnonzero(chosen)
    return at[np.flatnonzero(np.diff(points.row[at], prepend=-1))].tolist()
