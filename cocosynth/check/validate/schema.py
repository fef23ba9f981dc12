"""Records against `schemas/coco.schema.json`: a fast gate, and exact texts for what fails it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from cocosynth.check.validate.problem import Problem
from cocosynth.coco.document import TABLES, Document
from cocosynth.core import files, resources

DEFINITIONS = {
    "licenses": "license",
    "categories": "category",
    "images": "image",
    "annotations": "annotation",
}

_ANY = "record-form"
"""The rule of what the schema gives no name."""

_MOST = 1000
"""Errors looked at in one record: a polygon of a million wrong numbers is one problem."""

_LONGEST = 80
"""Characters of a value in a message."""


@cache
def load_schema() -> dict[str, Any]:
    """Return the JSON Schema of COCO files."""
    schema: dict[str, Any] = json.loads(
        files.read_bytes(resources.resource("schemas/coco.schema.json"))
    )
    return schema


def _schema_of(table: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{DEFINITIONS[table]}", "$defs": load_schema()["$defs"]}


class Gate:
    """Judges the records of one table."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._batch = _batch_gate(table)
        self._record = _record_gate(table)
        self._reference: Any = None

    def passes_all(self, records: list[Any]) -> bool:
        return self._batch.is_valid(records)

    def passes(self, record: Any) -> bool:
        return self._record.is_valid(record)

    def rules(self, record: Any) -> set[str]:
        """Return the rules that a record breaks: fast, but without a text for each."""
        errors = islice(self._record.iter_errors(record), _MOST)
        return {_rule_at(self._table, error.schema_path) for error in errors}

    def problems(self, position: int, record: Any) -> Iterator[Problem]:
        """Yield what is wrong with a record, once for each rule."""
        if self._reference is None:
            self._reference = _reference(_schema_of(self._table))
        return _problems(self._reference, record, f"$.{self._table}[{position}]")


def document_problems(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the top of a file; its records are not looked at."""
    skeleton = {
        name: [] if name in TABLES and document.is_list(name) else document.member(name)
        for name in document.members
        if name in (*TABLES, "info")
    }
    if not _file_gate().is_valid(skeleton):
        yield from _problems(_reference(load_schema()), skeleton, "$")


def _rule_at(table: str, path: list[str | int]) -> str:
    """Return the rule named in the schema where the keyword stands that this path ends with.

    Versions of jsonschema-rs differ in whether the path names references or what they stand for.
    """
    node: Any = _schema_of(table)
    for step in path[:-1]:
        node = node[step]
        if step == "$ref":
            node = load_schema()["$defs"][node.rpartition("/")[2]]
    return str(node.get("x-rule", _ANY))


@cache
def _file_gate() -> Any:
    return _gate(load_schema())


@cache
def _record_gate(table: str) -> Any:
    return _gate(_schema_of(table))


@cache
def _batch_gate(table: str) -> Any:
    schema = _schema_of(table)
    return _gate({"type": "array", "items": {"$ref": schema["$ref"]}, "$defs": schema["$defs"]})


def _gate(schema: dict[str, Any]) -> Any:
    """Return what judges by a schema; it takes longer to make than to judge a small file."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(schema)


def _reference(schema: dict[str, Any]) -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(schema)


def _problems(validator: Any, instance: Any, where: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for error in islice(validator.iter_errors(instance), _MOST):
        rule = error.schema.get("x-rule", _ANY)
        if rule not in seen:
            seen.add(rule)
            yield Problem(rule, where + error.json_path[1:], _text(error))


def _text(error: Any) -> str:
    """Say what was found and what is expected, in words of our own."""
    rule = error.schema.get("x-rule", _ANY)
    expected = error.schema.get("x-expected") or _expected()[rule]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"found no {' and no '.join(missing)}; expected {expected}"
    if error.validator == "anyOf":
        return f"found no {error.validator_value[0]['required'][0]}; expected {expected}"
    return f"found {shown(error.instance)}; expected {expected}"


@cache
def _expected() -> dict[str, str]:
    """Return what is expected by rule, for the inner parts of what the schema describes."""
    found: dict[str, str] = {}

    def collect(node: Any) -> None:
        if isinstance(node, dict) and "x-expected" in node:
            found.setdefault(node["x-rule"], node["x-expected"])
        for inner in node.values() if isinstance(node, dict) else node:
            if isinstance(inner, (dict, list)):
                collect(inner)

    collect(load_schema())
    return found


def shown(value: Any) -> str:
    """Return a value as JSON, cut where it is long."""
    numbers = value if type(value) is list else (value,)
    plain = all(type(number) in (int, float) for number in numbers)
    text = repr(value) if plain else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
