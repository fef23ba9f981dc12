"""Pictures that two files share are found by their bytes, or by name, which is said."""

import hashlib
import json
from pathlib import Path

import pytest
from small_builds import ready

from cocosynth.check.fix import fix
from cocosynth.check.pictures.photographs import tails
from cocosynth.check.validate import validate_split

SCHEMAS = Path(__file__).parents[1] / "schemas"


def _save(dataset, path):
    path.write_text(json.dumps(dataset))
    return path


def _made_of(dataset, name, sources):
    """Return the dataset with one image, under a name of its own, that is made of photographs."""
    record = {"id": 1, "file_name": f"{name}.png", "width": 40, "height": 30, "sources": sources}
    return {**dataset, "images": [record], "annotations": []}


def _source(file_name, content=None, dataset="bg"):
    known = {} if content is None else {"sha256": hashlib.sha256(content).hexdigest()}
    return {"dataset": dataset, "file_name": file_name, "license": 1, **known}


def test_a_photograph_behind_images_of_two_files_is_known_by_its_bytes(dataset, tmp_path):
    a = _save(_made_of(dataset, "a", [_source("1.png", b"x")]), tmp_path / "a.json")
    b = _save(_made_of(dataset, "b", [_source("2.png", b"x", "./bg")]), tmp_path / "b.json")
    c = _save(_made_of(dataset, "c", [_source("1.png", b"y")]), tmp_path / "c.json")
    report = validate_split([a, b])
    assert report.counts == {"split-shared-photograph": 1}
    assert report.problems[0].message == (
        f"is made of '2.png', which has the bytes of '1.png', of which $.images[0] of {a} is made"
    )
    assert validate_split([a, c]).counts == {}  # the names are equal, the bytes are not
    assert "no sha256" not in str(validate_split([a, c]).notes)


def test_an_image_that_another_file_shows_inside_its_own_is_leakage(dataset, folder, tmp_path):
    train = _save(dataset, tmp_path / "train.json")
    content = (folder / "0001.png").read_bytes()
    made = _save(_made_of(dataset, "b", [_source("z.png", content)]), tmp_path / "made.json")
    for order, where in (([train, made], made), ([made, train], train)):
        report = validate_split(order, images=[folder if p == train else None for p in order])
        assert report.counts == {"split-leakage": 1}
        assert report.problems[0].where == f"{where}: $.images[0]"
    by_name = validate_split([train, made])  # another name, no folder: nothing can be seen
    assert by_name.counts == {}
    assert by_name.notes == ("images were compared by file name only: no image folder was given",)


def test_names_stand_in_for_bytes_that_nobody_knows_and_that_is_said(dataset, folder, tmp_path):
    a = _save(_made_of(dataset, "a", [_source("0001.png")]), tmp_path / "a.json")
    b = _save(_made_of(dataset, "b", [_source("0001.png", b"x")]), tmp_path / "b.json")
    report = validate_split([a, b])
    assert report.counts == {"split-shared-photograph": 1}
    assert any("1 photographs behind its images have no sha256" in note for note in report.notes)
    train = _save(dataset, tmp_path / "train.json")
    report = validate_split([train, a], images=[folder, None])
    assert report.counts == {"split-shared-name": 1}
    assert f"{a}: 1 images were given no folder; only their names were compared" in report.notes


def test_broken_records_among_the_images_do_not_hide_the_others(dataset, tmp_path):
    sound = _made_of(dataset, "a", [_source("1.png", b"x")])
    broken = [5, {"id": 9}, {**sound["images"][0], "id": 7, "file_name": "c.png", "sources": [[]]}]
    a = _save({**sound, "images": [*broken, *sound["images"]]}, tmp_path / "a.json")
    b = _save(_made_of(dataset, "b", [_source("1.png", b"x")]), tmp_path / "b.json")
    report = validate_split([b, a])
    assert [problem.where for problem in report.problems] == [f"{a}: $.images[3]"]


def test_a_fixed_copy_keeps_the_hashes_of_the_manifest(tmp_path):
    out, _ = ready(tmp_path)
    fix(out / "annotations/instances_train.json", tmp_path / "fixed.json")
    kept = {
        (made["dataset"], made["file_name"]): made["sha256"]
        for image in json.loads((tmp_path / "fixed.json").read_bytes())["images"]
        for made in image["sources"]
    }
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert kept == {
        (p["dataset"], p["file_name"]): p["sha256"]
        for p in manifest["photographs"]
        if "train" in p["images"]
    }


def test_a_name_of_endless_folders_takes_no_endless_memory():
    names = list(tails("a/" * 100_000 + "1.png"))
    assert len(names) < 100
    assert names[0].endswith("a/1.png")
    assert names[-2:] == ["a/1.png", "1.png"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"[" * 9999, b'{"photographs": 5}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_none_and_names_are_compared(tmp_path, damage):
    out, _ = ready(tmp_path, share_sources=True)
    files = [out / f"annotations/instances_{split}.json" for split in ("train", "val")]
    sound = validate_split(files)  # images of both have the same names, which says less
    assert sound.counts["split-shared-photograph"] > 0
    assert not any("no sha256" in note for note in sound.notes)
    (out / "manifest.json").write_bytes(damage)
    report = validate_split(files, images=[out / "train", out / "val"])
    assert report.counts["split-shared-photograph"] > 0
    assert sum("have no sha256" in note for note in report.notes) == 2
