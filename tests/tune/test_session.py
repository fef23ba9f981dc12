"""What the page shows is what a build writes; what is wrong is told by its place."""

import base64
import json

import numpy as np
import pytest
from small_builds import (
    annotations_of,
    scenes_of,
    tree,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth.check.draw import PALETTE, in_page
from cocosynth.coco.layout import Layout
from cocosynth.core.errors import CocosynthError
from cocosynth.core.skipped import Skipped
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.tune import session as session_module
from cocosynth.tune.bank import Kept
from cocosynth.tune.fault import fault_of
from cocosynth.tune.opened import Opened
from cocosynth.tune.session import Session


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    write_config(folder)
    return folder


@pytest.fixture
def session(folder):
    write_config(folder)
    opened = Opened.read(folder / "cocosynth.yaml", folder=None, allow_code=False)
    made = Session(opened)
    yield made
    made.close()


def lines(session, number=1, **changes):
    request = {"values": session.opened.values | changes, "page": "test", "number": number}
    return list(session.render(request))


def scenes(session, **changes):
    return [line for line in lines(session, **changes) if line["kind"] == "scene"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"blend": {"choose": {"poisson": 1, "feather": {"weight": 2, "radius": 4}}}},
        {"blend": "paste", "finish": [{"noise": {}}], "shadow": "contact"},
        {"variants": ["paste", "gaussian"]},
    ],
)
def test_pictures_are_the_bytes_that_a_build_of_the_saved_file_writes(
    session, folder, tmp_path, changes
):
    shown = scenes(session, **changes)
    path = tmp_path / "saved.yaml"
    session.save({"values": session.opened.values | changes, "name": str(path)})
    build(path, tmp_path / "out", folder=folder)
    files = tree(Layout(tmp_path / "out").images("train"))
    assert len(shown) == len(files)
    for scene in shown:
        assert base64.b64decode(scene["picture"]) == files[scene["name"]]


def test_composites_are_those_of_the_compositor(session, folder):
    values = session.opened.values | {"blend": "laplacian"}
    compositor, maker = Compositor(values, folder=folder), session.maker(values)
    for index in range(len(compositor)):
        ours, theirs = maker.compose("train", index, Skipped()), compositor[index]
        np.testing.assert_array_equal(ours.image, theirs.image)
        np.testing.assert_array_equal(ours.labels, theirs.labels)


def test_rendering_options_change_pixels_and_no_label_and_read_no_source(session, monkeypatch):
    before = scenes(session)

    def fail(*args):
        raise AssertionError("the sources were read again")

    monkeypatch.setattr(session_module, "read_sources", fail)
    for changes in (
        {"finish": [{"brightness": {"factor_range": [0.5, 0.5]}}]},
        {"blend": {"poisson": {"rim": 5}}},
        {"shadow": [{"contact": {}}]},
    ):
        after = scenes(session, **changes)
        assert [one["labels"] for one in after] == [one["labels"] for one in before]
        assert [one["picture"] for one in after] != [one["picture"] for one in before]
        assert [one["objects"] for one in after] == [one["objects"] for one in before]


def test_a_step_of_shape_changes_labels(session):
    before, after = scenes(session), scenes(session, augment=[])
    assert [one["labels"] for one in before] != [one["labels"] for one in after]


def test_sources_are_read_again_when_they_change(session):
    session.maker(session.opened.values)
    first = session.maker(session.opened.values).sources
    values = session.opened.values | {"foregrounds": [{"folder": "cutouts", "min_side": 20}]}
    assert session.maker(values).sources is not first


def test_outlines_and_boxes_are_those_of_the_dataset(session, folder, tmp_path):
    shown = scenes(session)
    build(folder / "cocosynth.yaml", tmp_path / "out")
    boxes = [one["bbox"] for one in annotations_of(tmp_path / "out")["annotations"]]
    assert [object["box"] for scene in shown for object in scene["objects"]] == boxes
    assert all(object["path"].startswith("M") for scene in shown for object in scene["objects"])


def test_a_scene_is_shown_with_its_line(session, folder, tmp_path):
    found = session.scene({"values": session.opened.values, "split": "train", "first": 2})
    build(folder / "cocosynth.yaml", tmp_path / "out")
    line = scenes_of(tmp_path / "out")[2]
    assert json.loads(json.dumps(found["scene"]["background"])) == line["background"]
    assert [one["matrix"] for one in line["placements"]] == [
        [list(row) for row in one["matrix"]] for one in found["scene"]["placements"]
    ]


def test_an_older_request_is_dropped(session):
    asked = session.render({"values": session.opened.values, "page": "p", "number": 1})
    assert next(asked)["kind"] == "settings"
    newer = session.render({"values": session.opened.values, "page": "p", "number": 2})
    next(newer)
    assert "end" not in [line["kind"] for line in asked]
    assert [line["kind"] for line in newer][-1] == "end"


def test_health_is_of_the_scenes_shown(session):
    shown = lines(session)
    health = shown[-1]["health"]
    objects = sum(len(line["objects"]) for line in shown if line["kind"] == "scene")
    assert sum(one["pasted"] for one in health["categories"]) == objects
    assert {"rule", "text"} <= set(health["warnings"][0])


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"augment": [{"rotate": {"angle_range": [10, -10]}}]}, "augment[0].rotate.angle_range"),
        ({"limits": {"max_overlap": 3}}, "limits.max_overlap"),
        ({"objects_per_image": [4, 1]}, "objects_per_image"),
        ({"blend": {"choose": {"feather": {"radius": 1000}}}}, "blend.choose.feather.radius"),
        ({"shadow": [{"drop": {"p": 3}}]}, "shadow[0].drop.p"),
        ({"category_weights": {"dog": 1}}, "category_weights"),
        ({"foregrounds": [{"folder": "nowhere"}]}, ""),
    ],
)
def test_an_error_tells_where_it_stands(session, changes, address):
    (error,) = lines(session, **changes)
    assert (error["kind"], error["address"]) == ("error", address)
    assert error["text"]


def test_an_error_about_a_file_has_no_place_in_the_form():
    assert fault_of("photos/a.json: not JSON") == {"address": "", "text": "photos/a.json: not JSON"}


def test_the_page_cannot_name_code_that_the_file_does_not(session):
    for values in ({"finish": ["os:system"]}, {"finish": [{"os.path:join": {}}]}):
        (error,) = lines(session, **values)
        assert "is code" in error["text"]


def test_saving_refuses_what_is_in_the_way(session, folder, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("seed: 1\n")
    request = {"values": session.opened.values}
    with pytest.raises(CocosynthError, match="holds something else than was opened; save under"):
        session.save(request | {"name": str(other)})
    with pytest.raises(CocosynthError, match=r"ends in \.yaml"):
        session.save(request | {"name": str(tmp_path / "picture.png")})
    with pytest.raises(CocosynthError, match="max_overlap"):
        session.save({"values": session.opened.values | {"limits": {"max_overlap": 3}}})
    write_config(folder, seed=99)
    with pytest.raises(CocosynthError, match="holds something else than was opened"):
        session.save(request)
    assert session.save(request | {"replace": True})["path"] == str(folder / "cocosynth.yaml")


def test_the_command_builds_what_was_saved(session, folder, tmp_path):
    there = session.save({"values": session.opened.values})
    assert there["command"] == f"python -m cocosynth build {folder}/cocosynth.yaml --out dataset"
    name = str(tmp_path / "new.yaml")
    apart = session.save({"values": session.opened.values, "name": name})
    assert apart["command"].endswith(f"new.yaml --sources {folder} --out dataset")


def test_a_file_of_a_dataset_cannot_bring_code(folder, tmp_path):
    build(folder / "cocosynth.yaml", tmp_path / "out")
    path = tmp_path / "out" / "config.yaml"
    path.write_text(path.read_text().replace("finish: []", "finish: ['os:system']"))
    with pytest.raises(CocosynthError, match="--allow-code"):
        Opened.read(path, folder=folder, allow_code=False)


def test_sources_are_not_read_for_a_request_that_is_old(session, monkeypatch):
    read = []

    session.maker(session.opened.values)
    monkeypatch.setattr(session_module, "read_sources", lambda *args: read.append(args))
    newer = session.render({"values": session.opened.values, "page": "p", "number": 9})
    next(newer)
    values = session.opened.values | {"foregrounds": [{"folder": "cutouts", "min_side": 21}]}
    assert list(session.render({"values": values, "page": "p", "number": 3})) == []
    assert read == []


def test_what_is_made_ready_is_kept_up_to_a_size():
    kept = Kept(most=40)
    for number in range(5):
        kept.put(("paste", number), np.zeros((2, 2, 4), np.uint8))
    assert [kept.get(("paste", number)) is not None for number in range(5)] == [0, 0, 0, 1, 1]
    assert not kept.get(("paste", 4)).flags.writeable


GOALS = {
    "sizes": {"small": 0.5, "medium": 0.5},
    "empty_images": 0.25,
    "balance": {"min_instances": 1},
    "occlusion": {"none": 1},
    "objects_per_image": {"poisson": 2},
}


@pytest.mark.parametrize("goal", GOALS)
def test_the_health_check_says_what_a_split_was_asked_for(session, goal):
    """In each split alone: nothing is known of the others."""
    for number, split in enumerate(("train", "val"), 1):
        request = {"page": goal, "number": number, "split": split}
        *_, end = session.render(request | {"values": session.opened.values | {goal: GOALS[goal]}})
        assert {row["split"] for row in end["health"]["goals"]} == {split}
        assert goal in {row["goal"] for row in end["health"]["goals"]}


def test_a_part_of_a_split_misses_no_goal(session):
    values = session.opened.values | {"splits": {"train": 40}, "sizes": GOALS["sizes"]}
    request = {"page": "part", "number": 1, "values": values, "count": 1}
    *_, end = session.render(request)
    assert "goal-missed" not in {one["rule"] for one in end["health"]["warnings"]}


def test_objects_have_the_colors_of_the_preview(session):
    [settings, *shown, _] = lines(session)
    used = {one["name"]: one["color"] for scene in shown for one in scene["objects"]}
    assert used == {name: settings["colors"][name] for name in used}
    order = [settings["colors"][name] for name in settings["categories"]]
    assert order == [in_page(color) for color in PALETTE[: len(order)]]
