"""The small tables of a COCO file, licenses, categories and images, and what is wrong there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cocosynth.check.validate.report import Findings
from cocosynth.check.validate.schema import Gate
from cocosynth.coco.document import Document
from cocosynth.coco.duplicate_keys import duplicate_keys
from cocosynth.core.values import Size

Batch = tuple[list[int], list[dict[str, Any]], list[Any]]


@dataclass
class Tables:
    """What annotations refer to."""

    licenses: set[int] = field(default_factory=set)
    has_licenses: bool = True  # False where they cannot be read
    categories: dict[int, int | None] = field(default_factory=dict)  # id to number of keypoints
    rows: dict[int, int] = field(default_factory=dict)  # image id to row in the lists below
    sizes: list[Size | None] = field(default_factory=list)  # None where the record is broken
    file_names: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)  # in the file's table of images


def sound_batches(document: Document, table: str, findings: Findings) -> Iterator[Batch]:
    """Yield, a batch at a time, positions and records that pass the schema, and the others.

    What the others break is added to the findings.
    """
    gate = Gate(table)
    for start, text, records in document.batches(table):
        for i, key in duplicate_keys(text, records):
            where = f"$.{table}[{start + i}]"
            findings.add("duplicate-key", where, f"{key!r} occurs more than once; the last counts")
        if gate.passes_all(records):
            yield list(range(start, start + len(records))), records, []
            continue
        sound = [i for i, record in enumerate(records) if gate.passes(record)]
        broken = sorted(set(range(len(records))).difference(sound))
        for i in broken:
            _add_breaches(gate, start + i, records[i], findings)
        others = [records[i] for i in broken]
        yield [start + i for i in sound], [records[i] for i in sound], others


def _add_breaches(gate: Gate, position: int, record: Any, findings: Findings) -> None:
    rules = gate.rules(record)
    if all(findings.is_full(rule) for rule in rules):
        findings.counts.update(rules)
        return
    for problem in gate.problems(position, record):
        findings.add(problem.rule, problem.where, problem.message)


def id_of(record: Any, key: str = "id") -> int | None:
    """Return an id of a record that may be broken, or None."""
    value = record.get(key) if isinstance(record, dict) else None
    return value if type(value) is int else None


def _ids(records: list[Any]) -> set[int]:
    return {i for i in map(id_of, records) if i is not None}


def read_tables(document: Document, findings: Findings, *, references: bool) -> Tables:
    """Read licenses, categories and images; add what is wrong with them to the findings.

    Parameters
    ----------
    document : Document
    findings : Findings
    references : bool
        Check ids and names too, not the schema alone.
    """
    tables = Tables(has_licenses=document.is_list("licenses") or "licenses" not in document.members)
    quiet = findings if references else Findings()
    names: dict[str, int] = {}
    for positions, records, broken in sound_batches(document, "licenses", findings):
        for i, record in zip(positions, records, strict=True):
            _add_id(tables.licenses, record["id"], f"$.licenses[{i}].id", quiet)
        tables.licenses.update(_ids(broken))
    for positions, records, broken in sound_batches(document, "categories", findings):
        for i, record in zip(positions, records, strict=True):
            _add_category(tables, record, i, names, quiet)
        tables.categories.update(dict.fromkeys(_ids(broken)))
    first: dict[str, int] = {}
    for positions, records, broken in sound_batches(document, "images", findings):
        for i, record in zip(positions, records, strict=True):
            _add_image(tables, record, i, first, quiet)
        for record in broken:
            if (image_id := id_of(record)) is not None:
                _add_row(tables, image_id, None, str(record.get("file_name")), -1)
    return tables


def _add_id(known: Any, identifier: int, where: str, findings: Findings) -> None:
    if identifier in known:
        findings.add("duplicate-id", where, f"{identifier} is the id of an earlier record too")
    elif isinstance(known, set):
        known.add(identifier)


def _add_category(
    tables: Tables, record: dict[str, Any], i: int, names: dict[str, int], findings: Findings
) -> None:
    where = f"$.categories[{i}]"
    _add_id(tables.categories, record["id"], f"{where}.id", findings)
    keypoints = record.get("keypoints")
    tables.categories.setdefault(record["id"], None if keypoints is None else len(keypoints))
    if record["id"] == 0:
        text = "0 is the background in many programs; number categories from 1"
        findings.add("category-id-zero", f"{where}.id", text)
    if record["name"] in names:
        text = f"{record['name']!r} is the name of category {names[record['name']]} too"
        findings.add("duplicate-category-name", f"{where}.name", text)
    names.setdefault(record["name"], record["id"])


def _add_image(
    tables: Tables, record: dict[str, Any], i: int, first: dict[str, int], findings: Findings
) -> None:
    where, name = f"$.images[{i}]", record["file_name"]
    _add_id(tables.rows, record["id"], f"{where}.id", findings)
    _add_row(tables, record["id"], (int(record["height"]), int(record["width"])), name, i)
    if name in first:
        text = f"{name!r} is the file of $.images[{first[name]}] too"
        findings.add("duplicate-file-name", f"{where}.file_name", text)
    first.setdefault(name, i)
    if _leaves(name):
        text = f"{name!r} must be relative, with forward slashes and without '..'"
        findings.add("file-name-not-relative", f"{where}.file_name", text)
    named = record.get("license")
    if tables.has_licenses and named is not None and named not in tables.licenses:
        findings.add("unknown-license", f"{where}.license", f"no license has the id {named}")


def _add_row(tables: Tables, image_id: int, size: Size | None, name: str, position: int) -> None:
    tables.rows.setdefault(image_id, len(tables.sizes))
    tables.sizes.append(size)
    tables.file_names.append(name)
    tables.positions.append(position)


def _leaves(name: str) -> bool:
    return "\\" in name or name.startswith("/") or name[1:2] == ":" or ".." in name.split("/")
