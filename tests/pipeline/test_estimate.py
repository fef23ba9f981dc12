"""What a dry run says of a build: the bytes of all formats, and of large builds a sample."""

import json

import pytest
from small_builds import write_backgrounds, write_config, write_cutouts

from cocosynth.cli.summary import planned_json
from cocosynth.config.file import load_config
from cocosynth.pipeline import dry_run as module
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dry_run import dry_run
from cocosynth.pipeline.estimate import spread

FORMATS = ["coco", "panoptic", "semantic", "voc", "webdataset", "yolo", "yolo_detect"]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    return folder


def planned(project, **changes):
    most = changes.pop("most", None)
    return dry_run(write_config(project, **changes), note=lambda text: None, most=most)


def size_of(folder):
    files = {p.stat().st_ino: p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    return sum(files.values())


@pytest.mark.parametrize("formats", [["coco"], ["coco", "webdataset"], FORMATS])
def test_the_disk_that_all_formats_take_is_estimated(project, formats):
    """It was 0.6 of it with tar files, whose images are there a second time."""
    changes = {"splits": {"train": 40}, "export": {"formats": formats}, "report": False}
    found = planned(project, **changes).bytes
    out = project / "-".join(formats)
    build(load_config(write_config(project, **changes)), out, folder=project)
    (out / "preview.png").unlink()  # one picture, whatever the dataset
    assert found == pytest.approx(size_of(out), rel=0.1)


def test_all_images_are_planned_by_default(project):
    found = planned(project, splits={"train": 30, "val": 5})
    assert found.planned == {"train": 30, "val": 5}
    assert found.is_whole
    assert "planned_images" not in json.loads(planned_json(found))["estimate"]


def test_a_sample_stands_for_the_whole_and_says_so(project):
    changes = {"splits": {"train": 300, "val": 30}, "empty_images": 0.5, "objects_per_image": 2}
    whole, found = planned(project, **changes), planned(project, **changes, most=110)
    assert found.planned == {"train": 100, "val": 10}
    assert not found.is_whole
    assert found.summary.images == {"train": 300, "val": 30}
    known = whole.summary.instances["train"].total()
    assert found.summary.instances["train"].total() == pytest.approx(known, rel=0.25)
    record = json.loads(planned_json(found))
    assert record["estimate"]["planned_images"] == {"train": 100, "val": 10}
    assert record["splits"]["train"]["images"] == 300


def test_goals_of_a_sample_are_compared_with_their_part_alone(project):
    changes = {"splits": {"train": 300}, "empty_images": 0.5, "objects_per_image": 2}
    goals = planned(project, **changes, most=100).summary.health.goals
    assert [(row.goal, row.asked) for row in goals] == [
        ("empty_images", 50),
        ("objects_per_image", 100),
    ]
    health = planned(project, **changes, most=100).summary.health
    assert "goal-missed" not in [warned.rule for warned in health.warnings]


def test_large_builds_are_sampled_by_default(project):
    assert module.planned_images({"train": 900_000, "val": 100_000}) == {
        "train": 18_000,
        "val": 2_000,
    }
    assert module.planned_images({"train": 49_999, "val": 1}) == {"train": 49_999, "val": 1}
    assert module.planned_images({"train": 50_001}, 10**6) == {"train": 50_001}
    assert module.planned_images({"train": 10**6, "val": 1}, 10) == {"train": 9, "val": 1}


def test_a_sample_is_spread_evenly():
    assert spread(1000, 4) == [0, 250, 500, 750]
    assert spread(3, 3) == [0, 1, 2]
