"""Planted faults: each is reported, and fixed or left alone; the sound file is the judge."""

from __future__ import annotations

import json
import shutil
from collections import Counter

import pytest
from faults import FAULTS, PAGE, Fault, table

from cocosynth.check.fix import fix
from cocosynth.check.validate import RULES, text_report, validate
from cocosynth.core.resources import resource


@pytest.fixture(scope="module", params=["sample", "instances_val2017", "person_keypoints_val2017"])
def real(request):
    """Return image folder and content of a real file."""
    if request.param == "sample":
        file = resource("sample_data/photos/annotations/instances.json")
        return file.parents[1] / "images", json.loads(file.read_bytes())
    folder = request.getfixturevalue("real_coco")
    file = folder / f"annotations/{request.param}.json"
    return folder / "val2017", json.loads(file.read_bytes())


def _write(content, path):
    path.write_text(json.dumps(content))
    return path


def _pictures(fault: Fault, folder, place):
    """Return the folder of the pictures, changed as the fault wants them."""
    if folder is None:
        return None
    copied = place / "images"
    shutil.copytree(folder, copied)
    fault.pictures(copied)
    return copied


def _needs_pictures(fault: Fault) -> bool:
    return RULES[fault.rule].name.startswith("image") or fault.rule == "duplicate-image"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.name}")
def test_a_planted_fault_is_reported_and_fixed_or_left_alone(fault, real, tmp_path):
    folder, content = real
    pictures = _pictures(fault, folder, tmp_path) if _needs_pictures(fault) else None
    sound, planted = fault.sound(content), fault.planted(content)
    before = validate(_write(sound, tmp_path / "sound.json"), level="pixels")
    assert before.errors == 0, text_report(before)
    path = _write(planted, tmp_path / "planted.json")
    report = validate(path, images=pictures, level="pixels")
    assert fault.rule in report.counts, text_report(report)
    changes = fix(path, tmp_path / "fixed.json", images=pictures)
    fixed = json.loads((tmp_path / "fixed.json").read_text())
    after = validate(tmp_path / "fixed.json", images=pictures, level="pixels")
    assert not _new_errors(report, after), text_report(after)
    if fault.fixed:
        assert changes
        assert after.counts.get(fault.rule, 0) <= before.counts.get(fault.rule, 0)
        assert after.errors == 0, text_report(after)
    else:
        assert changes == []
    assert not list(_damage(sound, planted, fixed))


def _new_errors(report, after):
    return {
        rule: count
        for rule, count in after.counts.items()
        if after.severities[rule] == "error" and count > report.counts.get(rule, 0)
    }


def _damage(sound, planted, fixed):
    """Yield values that the fix has changed, and that are not those of the sound file now."""
    right = {table: _by_id(sound[table]) for table in ("images", "annotations", "categories")}
    given = {table: _by_id(planted[table]) for table in right}
    for name, records in right.items():
        counts = Counter(str(r["id"]) for r in fixed[name] if isinstance(r, dict))
        for number, record in _by_id(fixed[name]).items():
            old, true = given[name].get(number), records.get(number)
            if old is None or true is None or counts[number] > 1:
                continue
            for key in true:
                if record.get(key) != old.get(key) and not _same(key, record, true):
                    yield name, number, key, old.get(key), record.get(key), true[key]


def _by_id(records):
    return (
        {str(r["id"]): r for r in records if isinstance(r, dict)}
        if isinstance(records, list)
        else {}
    )


def _same(key, record, true):
    """Say whether a value is that of the sound file: boxes and areas within the tolerance."""
    if key == "bbox":
        return all(abs(a - b) <= 2 for a, b in zip(record[key], true[key], strict=True))
    if key == "area":
        return abs(record[key] - true[key]) <= 2 + 0.5 * sum(true["bbox"][2:])
    if key == "license" and record[key] is None:
        return True  # what it was, nobody can know
    return record.get(key) == true[key] or (key == "segmentation" and key not in record)


def test_the_page_of_faults_is_that_of_the_list():
    assert PAGE.read_text(encoding="utf-8") == table()


def test_every_fault_has_a_name_of_its_own_in_its_group():
    assert len({(fault.name, fault.rule, fault.before) for fault in FAULTS}) == len(FAULTS)
