"""Fixes records one by one: their notation, and numbers that are missing beside a mask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cocosynth.check.fix.edits import Edits, Fix
from cocosynth.check.fix.missing import missing_numbers
from cocosynth.check.fix.notation import annotation_fixes, category_fixes, image_fixes
from cocosynth.check.validate.categories import counts_from_zero
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.repeated import plain
from cocosynth.check.validate.schema import Gate
from cocosynth.check.validate.tables import Tables, id_of, read_tables
from cocosynth.coco.document import Document
from cocosynth.coco.spelling import name_in_url

ANNOTATION_RULES = frozenset(
    (
        *("area-form", "bbox-form", "id-form", "iscrowd-form", "iscrowd-missing", "keypoints-form"),
        *("missing-key", "num-keypoints-differs", "polygon-repeated", "rle-counts-bytes"),
        *("segmentation-flat", "segmentation-form"),
    )
)
"""Rules whose breaches in annotations may be fixed record by record."""


class _Ids:
    """The ids of a table: those that are integers, and those that are texts of some."""

    def __init__(self, document: Document, table: str) -> None:
        self._numbers: set[int] = set()
        self._texts: Counter[int] = Counter()
        for _, text in document.chunks(table):
            for record in msgspec.json.decode(text, type=list[dict[str, Any] | Any]):
                number = id_of(record)
                if number is not None:
                    self._numbers.add(number)
                elif isinstance(record, dict) and isinstance(record.get("id"), str):
                    self._texts.update(n for _, _, n in category_fixes(record, _any))

    def is_free(self, number: int) -> bool:
        """Say whether one text alone stands for a number, and no record has it already."""
        return number not in self._numbers and self._texts[number] == 1

    def is_listed(self, number: int) -> bool:
        return number in self._numbers or self.is_free(number)


def _any(key: str, number: int) -> bool:
    return True


def fix_small_tables(document: Document, edits: Edits) -> None:
    """Fix licenses, categories and images, each record by itself."""
    licenses, categories, images = (
        _Ids(document, table) for table in ("licenses", "categories", "images")
    )

    def of(own: _Ids) -> Callable[[str, int], bool]:
        return lambda key, number: (
            own.is_free(number) if key == "id" else licenses.is_listed(number)
        )

    gate = Gate("categories")
    readable = document.is_list("licenses") or "licenses" not in document.members
    for position, record in _objects(document, "licenses"):
        edits.apply("licenses", position, list(category_fixes(record, of(licenses))))
    for position, record in _objects(document, "categories"):
        fixes = list(category_fixes(record, of(categories)))
        fixes += _skeleton_fixes(record) if gate.passes(record) else []
        edits.apply("categories", position, fixes)
    for position, record in _objects(document, "images"):
        fixes = [*image_fixes(record, of(images)), *_name_fixes(record)]
        named = record.get("license")
        dangling = isinstance(named, (int, float)) and not licenses.is_listed(int(named))
        if readable and dangling and not isinstance(named, bool):
            fixes.append(("unknown-license", "license", None))
        edits.apply("images", position, fixes)
    for table in ("licenses", "categories", "images"):
        _remove_repeated(document, table, edits)


def _objects(document: Document, table: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for start, _, records in document.batches(table):
        for position, record in enumerate(records, start):
            if isinstance(record, dict):
                yield position, record


def _skeleton_fixes(record: dict[str, Any]) -> Iterator[Fix]:
    names, skeleton = record.get("keypoints"), record.get("skeleton")
    if names and skeleton and counts_from_zero(skeleton, len(names)):
        counted = [[number + 1 for number in pair] for pair in skeleton]
        yield "skeleton-from-zero", "skeleton", counted


def _name_fixes(record: dict[str, Any]) -> Iterator[Fix]:
    name = name_in_url(record.get("coco_url"))
    if "file_name" not in record and name is not None:
        yield "file-name-missing", "file_name", name


def _remove_repeated(document: Document, table: str, edits: Edits) -> None:
    """Remove records that are there again, id and all."""
    first: dict[bytes, int] = {}
    for position, record in _objects(document, table):
        key = msgspec.json.encode(plain(record))
        earlier = first.setdefault(key, position)
        if earlier != position and id_of(record) is not None:
            text = f"removed: it is $.{table}[{earlier}] again"
            edits.remove(table, position, "duplicate-id", text)


def fix_annotations(document: Document, edits: Edits) -> None:
    """Fix annotations, each by itself."""
    tables = read_tables(document, Findings(), references=False)
    own = _Ids(document, "annotations")
    gate = Gate("annotations")

    def known(key: str, number: int) -> bool:
        if key == "id":
            return own.is_free(number)
        return number in (tables.rows if key == "image_id" else tables.category_rows)

    for position, record in _objects(document, "annotations"):
        fixed = edits.apply("annotations", position, list(annotation_fixes(record, known)))
        now = edits.record("annotations", position) if fixed else record
        edits.apply("annotations", position, list(_further_fixes(now, gate, tables)))


def _further_fixes(record: dict[str, Any], gate: Gate, tables: Tables) -> Iterator[Fix]:
    """Yield numbers that the rest of a record tells."""
    if not gate.passes(record):
        image_id = id_of(record, "image_id")
        image = None if image_id is None else tables.rows.get(image_id)
        size = None if image is None else tables.sizes[image]
        yield from [] if size is None else missing_numbers(record, size, gate)
    elif record.get("keypoints") and len(record["keypoints"]) % 3 == 0:
        shown = record["keypoints"][2::3]
        count = sum(value > 0 for value in shown)
        if set(shown) <= {0, 1, 2} and record.get("num_keypoints") != count:
            yield "num-keypoints-differs", "num_keypoints", count
