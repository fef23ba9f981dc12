"""The small tables of a COCO file, licenses, categories and images: what annotations refer to."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cocosynth.check.validate.categories import CategoryRules
from cocosynth.check.validate.findings import NOBODY, Findings, Subject
from cocosynth.check.validate.ids import check_id
from cocosynth.check.validate.image_records import ImageRules
from cocosynth.check.validate.kept import RowsOfIds, Texts
from cocosynth.check.validate.schema import Gate
from cocosynth.coco.document import Document
from cocosynth.coco.duplicate_keys import duplicate_keys
from cocosynth.coco.spelling import name_in_url
from cocosynth.core.values import Size

Batch = tuple[list[int], list[dict[str, Any]], list[Any]]
SubjectOf = Callable[[Any], Subject]


@dataclass
class Tables:
    """What annotations refer to."""

    licenses: set[int] = field(default_factory=set)
    category_rows: dict[int, int] = field(default_factory=dict)  # id to row in the lists below
    category_names: list[str] = field(default_factory=list)
    keypoints: list[int | None] = field(default_factory=list)  # how many names of them there are
    rows: RowsOfIds = field(default_factory=RowsOfIds)  # of an image, in what is below
    sizes: list[Size | None] = field(default_factory=list)  # None where the record is broken
    file_names: Texts = field(default_factory=Texts)  # empty where there is none
    positions: array[int] = field(default_factory=lambda: array("q"))  # in the file's table
    _equal_sizes: dict[Size, Size] = field(default_factory=dict)  # most images share one

    def subject(self, image: int, category: int, annotation: int | None) -> Subject:
        """Name what an annotation is about, by rows of these tables; -1 where there is none."""
        return Subject(
            (self.file_names[image] or None) if image >= 0 else None,
            self.category_names[category] if category >= 0 else None,
            None if annotation is None else int(annotation),
        )

    def subject_of(self, record: Any) -> Subject:
        """Name what an annotation is about, as far as it says; it may be broken."""
        image, category = (id_of(record, key) for key in ("image_id", "category_id"))
        return self.subject(
            -1 if image is None else self.rows.get(image, -1),
            -1 if category is None else self.category_rows.get(category, -1),
            id_of(record),
        )

    def add_category(self, identifier: int, name: str, keypoints: int | None) -> None:
        self.category_rows.setdefault(identifier, len(self.category_names))
        self.category_names.append(name)
        self.keypoints.append(keypoints)

    def add_image(self, identifier: int, size: Size | None, name: str, position: int) -> None:
        self.rows.setdefault(identifier, len(self.sizes))
        self.sizes.append(None if size is None else self._equal_sizes.setdefault(size, size))
        self.file_names.append(name)
        self.positions.append(position)


def sound_batches(
    document: Document, table: str, findings: Findings, subject_of: SubjectOf
) -> Iterator[Batch]:
    """Yield, a batch at a time, positions and records that pass the schema, and the others.

    What the others break is added to the findings.
    """
    gate = Gate(table)
    for start, text, records in document.batches(table):
        for i, key in duplicate_keys(text, records):
            message = f"{key!r} occurs more than once; the last counts"
            findings.add("duplicate-key", f"$.{table}[{start + i}]", message)
        if gate.passes_all(records):
            yield list(range(start, start + len(records))), records, []
            continue
        sound = [i for i, record in enumerate(records) if gate.passes(record)]
        broken = sorted(set(range(len(records))).difference(sound))
        for i in broken:
            _add_breaches(gate, start + i, records[i], findings, subject_of(records[i]))
        others = [records[i] for i in broken]
        yield [start + i for i in sound], [records[i] for i in sound], others


def _add_breaches(
    gate: Gate, position: int, record: Any, findings: Findings, subject: Subject
) -> None:
    rules = gate.rules(record)
    if all(findings.is_full(rule) for rule in rules):
        findings.counts.update(rules)
        return
    for problem in gate.problems(position, record):
        findings.add(problem.rule, problem.where, problem.message, subject)


def id_of(record: Any, key: str = "id") -> int | None:
    """Return an id of a record that may be broken, or None."""
    value = record.get(key) if isinstance(record, dict) else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def name_of(record: Any) -> str:
    """Return the file name of an image record that may be broken; empty where it has none."""
    if not isinstance(record, dict):
        return ""
    name = record.get("file_name", name_in_url(record.get("coco_url")))
    return name if isinstance(name, str) else ""


def _image_subject(record: Any) -> Subject:
    return Subject(name_of(record) or None)


def read_tables(document: Document, findings: Findings, *, references: bool) -> Tables:
    """Read licenses, categories and images; add what is wrong with them to the findings.

    Parameters
    ----------
    document : Document
    findings : Findings
    references : bool
        Check ids and names too, not the schema alone.
    """
    tables = Tables()
    quiet = findings if references else Findings()
    _read_licenses(document, tables, findings, quiet)
    categories = CategoryRules(quiet)
    for positions, records, broken in sound_batches(document, "categories", findings, _nobody):
        for i, record in zip(positions, records, strict=True):
            categories.check(record, i)
            names = record.get("keypoints")
            tables.add_category(
                int(record["id"]), record["name"], None if names is None else len(names)
            )
        for record in broken:
            if (category_id := id_of(record)) is not None:
                tables.add_category(category_id, str(record.get("name")), None)
    known = None if _is_no_table(document, "licenses") else tables.licenses
    earlier = partial(zip, tables.file_names, tables.positions, tables.sizes)
    images = ImageRules(quiet, known, tables.category_rows, earlier)
    for positions, records, broken in sound_batches(document, "images", findings, _image_subject):
        for i, record in zip(positions, records, strict=True):
            name = name_of(record)
            images.check(record, name, i)
            size = int(record["height"]), int(record["width"])
            tables.add_image(int(record["id"]), size, name, i)
        for record in broken:
            if (image_id := id_of(record)) is not None:
                tables.add_image(image_id, None, "", 0)
    images.finish(len(document.tables["images"]))
    return tables


def _read_licenses(document: Document, tables: Tables, findings: Findings, quiet: Findings) -> None:
    for positions, records, broken in sound_batches(document, "licenses", findings, _nobody):
        for i, record in zip(positions, records, strict=True):
            check_id(record["id"], tables.licenses, f"$.licenses[{i}].id", quiet)
            tables.licenses.add(int(record["id"]))
        tables.licenses.update(i for i in map(id_of, broken) if i is not None)


def _is_no_table(document: Document, name: str) -> bool:
    """Say whether something else than a table stands under its name, so that nobody can read it."""
    raw = document.members.get(name)
    return raw is not None and not document.is_list(name) and bytes(raw) != b"null"


def _nobody(record: Any) -> Subject:
    return NOBODY
