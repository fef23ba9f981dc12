"""The health check of a build: where annotations come from, and what hurts training."""

import json
from collections import Counter

import cv2
import numpy as np
import pytest
from small_builds import annotations_of, built, scenes_of, write_annotated, write_cutouts

from cocosynth.core.executors import Processes

BY = {"id": 1, "name": "Attribution", "url": "http://creativecommons.org/licenses/by/2.0/"}
ND = {"id": 2, "name": "No Derivs", "url": "http://creativecommons.org/licenses/by-nd/2.0/"}
PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}


def texts(summary, rule=None):
    return [w.text for w in summary.health.warnings if rule in (None, w.rule)]


def use_of(summary, name):
    return next(use for use in summary.health.categories if use.name == name)


def write_photos(folder, count=7, category="car", change=lambda content: None):
    """Write a COCO dataset of photographs, one object in each, every photograph another one."""
    write_annotated(folder / "photos", [(10, 20, 60, 40)], count=count, category=category)
    path = folder / "photos" / "instances.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def as_it_is(content):
    pass


def refuse_all(content):
    content["licenses"] = [BY, ND]
    for image in content["images"]:
        image["license"] = 2


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (refuse_all, {}, "7 by licence"),
        (as_it_is, {"area_range": [5000, None]}, "7 whose area lies outside of area_range"),
        (as_it_is, {"area_range": [None, 10]}, "7 whose area lies outside of area_range"),
        (
            lambda content: [a.update(iscrowd=1) for a in content["annotations"][:2]],
            {"area_range": [5000, None]},
            "5 whose area lies outside of area_range, 2 that are crowds",
        ),
        (
            lambda content: [i.update(file_name=f"no{i['id']}.png") for i in content["images"]],
            {},
            "7 whose image file is missing",
        ),
        (
            lambda content: [a.update(segmentation=[]) for a in content["annotations"]],
            {},
            "7 whose segmentation is missing: boxes alone cannot be cut out; make masks first, "
            "for example with a segment-anything model",
        ),
    ],
)
def test_a_requested_category_without_usable_instance_says_why(tmp_path, change, options, reason):
    write_photos(tmp_path, change=change)
    foregrounds = [{"folder": "cutouts"}, PHOTOS | {"categories": ["car"]} | options]
    _, summary = built(tmp_path, foregrounds=foregrounds)
    assert texts(summary, "category-unusable") == [f"car: 0 usable of 7: {reason}"]
    assert summary.health.warnings[0].categories == ("car",)
    assert not any("car" in text for text in texts(summary, "category-not-in-split"))
    assert use_of(summary, "car").instances == 0


def test_an_instance_that_two_foregrounds_ask_for_is_lost_once(tmp_path):
    write_photos(tmp_path, change=refuse_all)
    foregrounds = [{"folder": "cutouts"}, PHOTOS, PHOTOS | {"categories": ["car"]}]
    _, summary = built(tmp_path, foregrounds=foregrounds)
    assert texts(summary, "category-unusable") == ["car: 0 usable of 7: 7 by licence"]
    assert "7 of 7 photographs of photos" in texts(summary, "licence")[0]


def test_a_category_without_annotations_is_named(tmp_path):
    def add(content):
        content["categories"] += [{"id": 8, "name": "bus"}, {"id": 9, "name": "van"}]

    write_photos(tmp_path, change=add)
    _, summary = built(tmp_path, foregrounds=[PHOTOS])
    assert texts(summary, "category-unusable") == ["no instance in the foregrounds of bus, van"]


def test_cutouts_that_cannot_be_used_are_counted_by_category(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    for number in range(2):
        (tmp_path / "cutouts" / "disk" / f"{number}.png").write_bytes(b"no picture")
    cv2.imwrite(str(tmp_path / "cutouts" / "disk" / "2.png"), np.zeros((20, 20, 4), np.uint8))
    _, summary = built(tmp_path)
    (text,) = texts(summary, "category-unusable")
    assert text.startswith("disk: 0 usable of 3: ")
    assert "1 whose mask has no pixel" in text


def test_the_licences_share_is_of_photographs_that_were_asked_for(tmp_path):
    def change(content):
        content["licenses"] = [BY, ND]
        for image in content["images"]:
            image["license"] = 1 if image["id"] <= 12 else 2

    write_photos(tmp_path, count=50, change=change)
    views = PHOTOS | {"annotations": "keep"}
    _, summary = built(tmp_path, foregrounds=[PHOTOS], backgrounds=[views])
    assert [text.split(" are ")[0] for text in texts(summary, "licence")] == [
        "38 of 50 photographs of photos/instances.json (foregrounds)",
        "38 of 50 photographs of photos/instances.json (backgrounds)",
    ]
    assert [(w.count, w.of) for w in summary.health.warnings if w.rule == "licence"] == [
        (38, 50),
        (38, 50),
    ]


def test_photographs_are_counted_by_their_bytes(tmp_path):
    write_cutouts(tmp_path / "cutouts", copies=6)
    for number in range(2, 6):  # four more files of one photograph
        content = (tmp_path / "cutouts" / "bar" / "1.png").read_bytes()
        (tmp_path / "cutouts" / "bar" / f"{number}.png").write_bytes(content)
    _, summary = built(tmp_path)
    assert (use_of(summary, "bar").instances, use_of(summary, "bar").photographs) == (6, 2)
    assert use_of(summary, "disk").photographs == 6
    assert texts(summary, "few-photographs") == ["fewer than 5 photographs to cut out of: bar (2)"]


def test_the_table_adds_up_to_what_is_in_the_files(tmp_path):
    write_annotated(tmp_path / "views", [(10, 20, 60, 40), (90, 20, 30, 30)], count=4)
    views = {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}
    out, summary = built(tmp_path, backgrounds=[views], splits={"train": 9, "val": 4})
    files = [annotations_of(out, split) for split in ("train", "val")]
    names = {category["id"]: category["name"] for category in files[0]["categories"]}
    present = Counter(names[a["category_id"]] for file in files for a in file["annotations"])
    placements = [
        part
        for split in ("train", "val")
        for scene in scenes_of(out, split)
        for part in scene["placements"]
    ]
    pasted = Counter(part["file_name"].split("/")[0] for part in placements)
    uses = Counter(part["file_name"] for part in placements)
    for use in summary.health.categories:
        assert use.pasted == pasted[use.name]
        assert use.pasted + use.from_backgrounds == present[use.name]
        assert (use.instances, use.photographs) == (3, 3)
        assert use.most_used == max(n for name, n in uses.items() if name.startswith(use.name))
    assert use_of(summary, "disk").from_backgrounds > 0
    assert json.loads((out / "manifest.json").read_bytes())["health"]["categories"][0] == {
        key: getattr(summary.health.categories[0], key)
        for key in summary.health.categories[0].__struct_fields__
    }


def test_images_with_the_same_cut_out_twice_are_counted(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=["disk"], copies=8)
    out, summary = built(tmp_path, augment=[{"scale": {"factor_range": [0.4, 0.4]}}])
    expected = 0
    for split in ("train", "val"):
        for scene in scenes_of(out, split):
            uses = Counter(part["file_name"] for part in scene["placements"])
            expected += max(uses.values()) > 1
    (warned,) = [w for w in summary.health.warnings if w.rule == "cut-out-twice"]
    assert (warned.count, warned.of) == (expected, 8)
    assert 0 < expected < 8


@pytest.mark.parametrize("fit", ["cover", "stretch"])
def test_enlarged_backgrounds_and_objects_are_counted(tmp_path, fit):
    canvas = {"width": 500, "height": 250, "fit": fit}  # of 160 x 120: 3.1 and 2.1 times
    augment = [{"scale": {"factor_range": [1.5, 2.5]}}]
    out, summary = built(tmp_path, canvas=canvas, augment=augment, limits={"max_upscale": 10})
    scales = [
        np.sqrt(abs(np.linalg.det(np.array(part["matrix"]))))
        for split in ("train", "val")
        for scene in scenes_of(out, split)
        for part in scene["placements"]
    ]
    instances, backgrounds = (
        next(w for w in summary.health.warnings if w.rule == rule)
        for rule in ("instance-enlarged", "background-enlarged")
    )
    assert (backgrounds.count, backgrounds.of) == (8, 8)
    assert "up to 3.1 x" in backgrounds.text
    assert (instances.count, instances.of) == (sum(s > 2.02 for s in scales), len(scales))
    assert 0 < instances.count < instances.of
    assert f"up to {max(scales):.1f} x" in instances.text


def test_what_is_shown_at_its_own_size_is_no_warning(tmp_path):
    write_cutouts(tmp_path / "cutouts", copies=12)
    augment = [{"perspective": {}}, {"scale": {"factor_range": [0.5, 1]}}]
    _, summary = built(tmp_path, objects_per_image=[1, 1], augment=augment, splits={"train": 4})
    assert texts(summary) == []


def test_a_split_without_photograph_of_a_category_is_named(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=["ring"], copies=1)
    write_cutouts(tmp_path / "cutouts", names=["disk"], copies=8)
    _, summary = built(tmp_path)
    (warned,) = [w for w in summary.health.warnings if w.rule == "category-not-in-split"]
    assert warned.categories == ("ring",)
    assert "has no instance, as all photographs feed other splits, of ring (1)" in warned.text


def test_what_took_most_instances_of_a_category_is_said_where_few_are_left(tmp_path):
    def change(content):
        for annotation in content["annotations"][1:]:
            annotation["segmentation"] = [[10, 20, 20, 20, 20, 30, 10, 30]]

    write_photos(tmp_path, change=change)
    foregrounds = [{"folder": "cutouts"}, PHOTOS | {"area_range": [1000, None]}]
    _, summary = built(tmp_path, foregrounds=foregrounds)
    reason = "car (1; of 7 instances 6 whose area lies outside of area_range)"
    assert any(reason in text for text in texts(summary, "category-not-in-split"))
    assert any(reason in text for text in texts(summary, "few-photographs"))
    assert not any("no photograph" in text for text in texts(summary))


def test_the_health_check_is_the_same_whatever_the_workers(tmp_path):
    write_photos(tmp_path, change=refuse_all)
    options = {"foregrounds": [{"folder": "cutouts"}, PHOTOS]}
    one, first = built(tmp_path, "one", **options)
    two, second = built(tmp_path, "two", executor=Processes(2), **options)
    assert (one / "manifest.json").read_bytes() == (two / "manifest.json").read_bytes()
    assert first.health == second.health
