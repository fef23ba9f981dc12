"""The files in `schemas/{valid,invalid}` against the schema and the rules, found by name."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import jsonschema_rs
import pytest

from cocosynth.check.validate import RULES, validate
from cocosynth.check.validate.schema import DEFINITIONS, Gate, load_schema
from cocosynth.core import files, resources

HERE = Path(__file__).parents[1]
VALID = sorted((HERE / "schemas" / "valid").glob("*.json"))
INVALID = sorted((HERE / "schemas" / "invalid").glob("*.json"))
WITH_FILES = {  # rules that no annotation file alone can break: test_validate.py breaks them
    "image-missing", "image-unreadable", "image-size-mismatch", "images-resized", "exif-rotation",
    "duplicate-image", "image-name-differs", "split-leakage", "split-shared-name",
    "split-shared-photograph",
}  # fmt: skip
NEVER_ALONE = {"masks-shifted"}  # it sums up what others report of each annotation
NOT_IN_A_SCHEMA = {"byte-order-mark", "duplicate-key"}


def _load(path: Path) -> object:
    return json.loads(path.read_bytes().decode("utf-8-sig"))


def _name(path: Path) -> str:
    return path.stem


def test_the_schema_is_a_valid_schema_with_a_text_for_each_definition():
    schema = load_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all("title" in definition for definition in schema["$defs"].values())
    assert all("description" in schema["$defs"][name] for name in ("image", "annotation"))


@pytest.mark.parametrize("path", VALID, ids=_name)
def test_a_valid_file_has_no_problem_at_any_level(path):
    report = validate(path, level="pixels", exact=True)
    assert report.problems == ()


def _expected(path: Path) -> dict[str, int]:
    """Return what a file breaks: the rule that it is named after, and none for its masks."""
    annotations = _load(path).get("annotations", [])
    bare = sum("segmentation" not in record for record in annotations if isinstance(record, dict))
    return ({"segmentation-missing": bare} if bare else {}) | {path.stem: 1}


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_an_invalid_file_breaks_the_rule_it_is_named_after_and_no_other(path):
    report = validate(path, level="pixels")
    assert report.counts | {path.stem: 1} == _expected(path)
    assert report.severities[path.stem] == RULES[path.stem].severity


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_a_rule_is_checked_from_its_own_level_on(path):
    level = RULES[path.stem].level
    assert path.stem in validate(path, level=level).counts
    if level == "references":
        assert validate(path, level="schema").counts == {}
    if level == "pixels":
        assert path.stem not in validate(path, level="references").counts


@pytest.mark.parametrize("path", VALID + INVALID, ids=_name)
def test_the_fast_gate_and_the_reference_judge_alike(path):
    schema, document = load_schema(), _load(path)
    reference = jsonschema.Draft202012Validator(schema).is_valid(document)
    assert jsonschema_rs.Draft202012Validator(schema).is_valid(document) == reference
    rule = RULES.get(path.stem)
    is_breach = rule is not None and rule.level == "schema" and rule.name not in NOT_IN_A_SCHEMA
    assert reference == (not is_breach)


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_the_fast_gate_names_the_rules_that_the_reference_names(path):
    for table in DEFINITIONS:
        gate, records = Gate(table), _load(path).get(table, [])
        for record in records if isinstance(records, list) else []:
            assert gate.rules(record) == {problem.rule for problem in gate.problems(0, record)}


SEVERAL = {  # records that the fault takes
    "crowd-marks-parts": 3, "category-id-zero": 3, "negative-id": 2, "area-scaled": 3,
    "bbox-other-form": 5, "boxes-are-images": 15, "masks-are-boxes": 13,
    "keypoints-shifted": 2,
}  # fmt: skip


@pytest.mark.parametrize("path", INVALID, ids=_name)
def test_an_invalid_file_differs_from_a_valid_one_in_one_record(path):
    changed = min(len(_records(_load(path)) ^ _records(_load(valid))) for valid in VALID)
    assert changed <= 2 * SEVERAL.get(path.stem, 1)


def _records(document):
    return {
        (table, i, json.dumps(record))
        for table, records in document.items()
        for i, record in enumerate(records if isinstance(records, list) else [records])
    }


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_has_a_paragraph_and_a_file_that_breaks_it(rule):
    page = (HERE.parent / "docs" / "validate.md").read_text(encoding="utf-8")
    assert f"\n### {rule.name}\n\n*{rule.severity.capitalize()}.*" in page
    assert rule.name in (*WITH_FILES, *NEVER_ALONE, *map(_name, INVALID))


def test_every_rule_that_the_schema_names_is_in_the_table():
    text = files.read_bytes(resources.resource("schemas/coco.schema.json")).decode()
    named = {line.split('"x-rule": "')[1].split('"')[0] for line in text.splitlines()
             if '"x-rule": "' in line}  # fmt: skip
    in_table = {rule.name for rule in RULES.values() if rule.level == "schema"}
    assert named == in_table - NOT_IN_A_SCHEMA
