"""A fixed copy: what has one right answer is fixed, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cocosynth.check.fix import fix
from cocosynth.check.validate import text_report, validate
from cocosynth.core.errors import CocosynthError

SCHEMAS = Path(__file__).parents[1] / "schemas"

FIXED = {
    "area-differs", "area-far-off", "area-is-box", "area-zero", "bbox-centre", "bbox-corners",
    "bbox-differs", "bbox-empty-with-mask", "bbox-form", "bbox-normalized", "bbox-one-short",
    "byte-order-mark", "duplicate-annotation", "file-name-missing",
    "id-form", "image-record-swapped", "iscrowd-form", "iscrowd-missing", "num-keypoints-differs",
    "polygon-repeated", "rle-counts-bytes", "rle-size-mismatch", "segmentation-flat",
    "skeleton-from-zero", "unknown-license", "missing-key", "area-form",
}  # fmt: skip


def _save(dataset, path):
    path.write_text(json.dumps(dataset))
    return path


def _fixed(dataset, tmp_path, **options):
    """Fix a dataset; return the changes, and what became of it."""
    changes = fix(_save(dataset, tmp_path / "a.json"), tmp_path / "b.json", **options)
    return changes, json.loads((tmp_path / "b.json").read_text())


@pytest.mark.parametrize("path", sorted((SCHEMAS / "invalid").glob("*.json")), ids=lambda p: p.stem)
def test_what_has_one_right_answer_is_fixed_and_all_else_is_left_alone(path, tmp_path):
    out = tmp_path / "fixed.json"
    if path.stem == "duplicate-key":
        pytest.skip("nobody knows which key is meant")
    changes = fix(path, out)
    assert bool(changes) == (path.stem in FIXED)
    if changes:
        report = validate(out, level="pixels", exact=True)
        assert report.errors == 0, text_report(report)


@pytest.mark.parametrize("path", sorted((SCHEMAS / "valid").glob("*.json")), ids=lambda p: p.stem)
def test_a_valid_file_is_copied_as_it_is(path, tmp_path):
    assert fix(path, tmp_path / "fixed.json") == []
    assert json.loads((tmp_path / "fixed.json").read_text()) == json.loads(path.read_text())


def test_records_without_a_change_are_copied_byte_for_byte(tmp_path):
    fix(SCHEMAS / "valid" / "no_licenses.json", tmp_path / "fixed.json")
    assert '"note": {"a": [1, {"b:c": 2}]}' in (tmp_path / "fixed.json").read_text()


def test_a_box_without_a_mask_is_cut_at_the_border_with_its_area(dataset, tmp_path):
    del dataset["annotations"][0]["segmentation"]
    dataset["annotations"][0].update(bbox=[-3, 4, 20, 27], area=540)
    changes, content = _fixed(dataset, tmp_path)
    assert changes[0].message == "[-3, 4, 20, 27] is now [0, 4, 17, 26]"
    assert content["annotations"][0]["area"] == 17 * 26


@pytest.mark.parametrize("bbox", [[-5, 4, 20, 60], [20, 10, 35, 28]])
def test_a_box_without_a_mask_that_may_mean_something_else_is_not_cut(dataset, tmp_path, bbox):
    del dataset["annotations"][0]["segmentation"]
    dataset["annotations"][0].update(bbox=bbox, area=9)
    assert _fixed(dataset, tmp_path)[0] == []


def test_a_recorded_size_is_fixed_by_the_file(dataset, folder, tmp_path):
    dataset["images"][0]["width"] = 41
    (change,), _ = _fixed(dataset, tmp_path, images=folder)
    assert (change.where, change.message) == ("$.images[0].width", "41 is now 40")
    assert validate(tmp_path / "b.json", images=folder).problems == ()


def test_a_resized_picture_is_scaled_only_on_request(dataset, folder, tmp_path):
    for path in folder.iterdir():
        Image.open(path).resize((80, 60)).save(path)
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder)
    assert report.counts == {"image-size-mismatch": 2}
    assert "2 times" in report.problems[0].message
    assert _fixed(dataset, tmp_path, images=folder)[0] == []
    _, content = _fixed(dataset, tmp_path, images=folder, rescale=True)
    assert content["annotations"][0]["bbox"] == [10, 8, 40, 32]
    assert validate(tmp_path / "b.json", images=folder).problems == ()
    with pytest.raises(CocosynthError, match="--images"):
        _fixed(dataset, tmp_path, rescale=True)


def test_nothing_is_fixed_in_place(dataset, tmp_path):
    path = _save(dataset, tmp_path / "a.json")
    (tmp_path / "link.json").symlink_to(path)
    with pytest.raises(CocosynthError, match="overwrite"):
        fix(path, tmp_path / "link.json")
