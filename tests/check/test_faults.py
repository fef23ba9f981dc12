"""Planted faults: each is reported, and fixed or left alone; the sound file is the judge."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from faults import FAULTS, PAGE, Fault, table
from fix_judge import damage, new_errors, write
from msgspec import structs

from cocosynth.check.fix import fix
from cocosynth.check.validate import RULES, text_report, validate
from cocosynth.coco.layout import Layout
from cocosynth.config.file import load_config
from cocosynth.core.executors import Serial
from cocosynth.core.resources import resource
from cocosynth.pipeline.build import build


@pytest.fixture(
    scope="module", params=["composed", "instances_val2017", "person_keypoints_val2017"]
)
def real(request, tmp_path_factory):
    """Return image folder and content of a file with many objects, none of them planted."""
    if request.param == "composed":
        layout = Layout(composed(tmp_path_factory.mktemp("composed") / "dataset"))
        return layout.images("train"), json.loads(layout.annotations("train").read_bytes())
    folder = request.getfixturevalue("real_coco")
    file = folder / f"annotations/{request.param}.json"
    return folder / "val2017", json.loads(file.read_bytes())


def composed(out):
    """Build nearly square images of the sample: a box with x and y swapped is one, too."""
    config = load_config(resource("sample_data/cocosynth.yaml"))
    changes = {
        "splits": {"train": 12},
        "canvas": structs.replace(config.canvas, width=500, height=480),
        "objects_per_image": (2, 3),
        "export": structs.replace(config.export, segmentation="polygon"),
        "report": False,
    }
    folder = resource("sample_data")
    build(structs.replace(config, **changes), out, folder=folder, executor=Serial())
    return out


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


_FOUND = {}


def found_in(path):
    """Validate a file before anything is planted in it: most faults begin with the same one."""
    content = hashlib.sha256(path.read_bytes()).digest()
    if content not in _FOUND:
        _FOUND[content] = validate(path, level="pixels")
    return _FOUND[content]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.rule}-{fault.name}")
def test_a_planted_fault_is_reported_and_fixed_or_left_alone(fault, real, tmp_path):
    folder, content = real
    pictures = _pictures(fault, folder, tmp_path) if _needs_pictures(fault) else None
    sound, planted = fault.sound(content), fault.planted(content)
    before = found_in(write(sound, tmp_path / "sound.json"))
    assert before.errors == 0, text_report(before)
    path = write(planted, tmp_path / "planted.json")
    report = validate(path, images=pictures, level="pixels")
    assert fault.rule in report.counts, text_report(report)
    changes = fix(path, tmp_path / "fixed.json", images=pictures)
    fixed = json.loads((tmp_path / "fixed.json").read_text())
    after = validate(tmp_path / "fixed.json", images=pictures, level="pixels")
    assert not new_errors(report, after), text_report(after)
    if fault.fixed:
        assert changes
        assert after.counts.get(fault.rule, 0) <= before.counts.get(fault.rule, 0)
        assert after.errors == 0, text_report(after)
    else:
        assert changes == []
    assert not list(damage(sound, planted, fixed))


def test_the_page_of_faults_is_that_of_the_list():
    assert PAGE.read_text(encoding="utf-8") == table()


def test_every_fault_has_a_name_of_its_own_in_its_group():
    assert len({(fault.name, fault.rule, fault.before) for fault in FAULTS}) == len(FAULTS)
