"""Names that look alike: one rule for builds, backgrounds to avoid, `merge` and `validate`."""

import json

import pytest
from small_builds import (
    annotations_of,
    built,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth.check.validate import validate
from cocosynth.coco.names import likeness
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.merge.merge import merge
from cocosynth.pipeline.extract import extract

PAIRS = [
    ("Apple", "apple"),
    ("pear", "pear "),
    ("traffic light", "Traffic-Light"),
    ("traffic light", "traffic_light"),
    ("stra\u00dfe", "STRASSE"),
    ("caf\u00e9", "cafe\u0301"),
    ("pear", "pe\u200bar"),
]
DIFFERENT = [("apple", "apples"), ("car", "care"), ("caf\u00e9", "cafe"), ("a b", "ab")]
VIEWS = {"coco": "views/instances.json", "images": "views/images"}
PLAIN = {"folder": "backgrounds"}


def write(folder, name, category, count=3):
    write_annotated(folder / name, [(10, 20, 60, 40)], count=count, category=category)
    return {"coco": f"{name}/instances.json", "images": f"{name}/images"}


def names_of(out):
    return [category["name"] for category in annotations_of(out)["categories"]]


@pytest.mark.parametrize("pair", PAIRS, ids=map(str, range(len(PAIRS))))
def test_every_part_takes_the_same_names_for_one(tmp_path, pair):
    first, second = (write(tmp_path, f"s{n}", name) for n, name in enumerate(pair))
    assert likeness(pair[0]) == likeness(pair[1])

    few = {"train": 2}
    out, summary = built(tmp_path, foregrounds=[first, second], splits=few)
    (warned,) = [w for w in summary.health.warnings if w.rule == "category-lookalike"]
    assert repr(pair[0]) in warned.text
    assert "(s1/instances.json)" in warned.text
    assert len(names_of(out)) == 2

    views = write(tmp_path, "views", pair[1])
    avoid = [views | {"annotations": "avoid"}, PLAIN]
    _, summary = built(tmp_path, "avoid", foregrounds=[first], backgrounds=avoid, splits=few)
    reason = f"background that holds {pair[1]!r}, which looks like the output category {pair[0]!r}"
    assert summary.skipped["views/instances.json", reason] == 3

    files = [tmp_path / f"s{n}" / "instances.json" for n in (0, 1)]
    content = json.loads(files[1].read_text())
    for image in content["images"]:  # other pictures than those of the first
        path = tmp_path / "s1" / "images" / image["file_name"]
        path.write_bytes(path.read_bytes() + b"x")
    images = [file.parent / "images" for file in files]
    merged = merge(files, tmp_path / "merged.json", images=images)
    assert any("--join-lookalikes makes them one" in note for note in merged.notes)
    rules = [problem.rule for problem in validate(tmp_path / "merged.json").problems]
    assert "category-name-lookalike" in rules
    merge(files, tmp_path / "one.json", images=images, join_lookalikes=True)
    one = json.loads((tmp_path / "one.json").read_text())
    assert [category["name"] for category in one["categories"]] == [pair[0]]
    assert {a["category_id"] for a in one["annotations"]} == {one["categories"][0]["id"]}
    assert len(one["annotations"]) == 6


@pytest.mark.parametrize("pair", DIFFERENT)
def test_other_names_are_two(pair):
    assert likeness(pair[0]) != likeness(pair[1])


def test_join_makes_them_one_and_says_so(tmp_path):
    first, second = write(tmp_path, "a", "Apple"), write(tmp_path, "b", "apple ")
    write_cutouts(tmp_path / "cutouts", names=["disk"])
    (tmp_path / "cutouts" / "disk").rename(tmp_path / "cutouts" / "APPLE")
    foregrounds = [first, second, {"folder": "cutouts"}]
    out, summary = built(tmp_path, foregrounds=foregrounds, lookalikes="join")
    assert names_of(out) == ["Apple"]
    assert not [w for w in summary.health.warnings if w.rule == "category-lookalike"]
    (use,) = summary.health.categories
    assert (use.name, use.instances) == ("Apple", 9)
    assert [str(note) for note in summary.notes] == [
        "b/instances.json: category 'apple ' is joined to 'Apple' of a/instances.json",
        "cutouts: category 'APPLE' is joined to 'Apple' of a/instances.json",
    ]


@pytest.mark.parametrize("mode", ["keep", "avoid"])
def test_joined_categories_are_one_in_backgrounds_too(tmp_path, mode):
    write(tmp_path, "views", "Disk ")
    views = [VIEWS | {"annotations": mode}, PLAIN]
    out, summary = built(tmp_path, backgrounds=views, lookalikes="join")
    skipped = summary.skipped["views/instances.json", "background that holds an output category"]
    assert skipped == (3 if mode == "avoid" else 0)
    use = next(use for use in summary.health.categories if use.name == "disk")
    assert (use.from_backgrounds > 0) == (mode == "keep")
    assert sorted(names_of(out)) == ["bar", "disk", "ring"]


def test_a_background_whose_look_alike_would_stay_without_label_is_not_used(tmp_path):
    write(tmp_path, "views", "Disk")
    content = json.loads((tmp_path / "views/instances.json").read_text())
    content["categories"].append({"id": 8, "name": "sky"})
    (tmp_path / "views/instances.json").write_text(json.dumps(content))
    views = [VIEWS | {"annotations": "keep", "categories": ["sky"]}, PLAIN]
    _, summary = built(tmp_path, backgrounds=views)
    reason = "background that holds 'Disk', which looks like the output category 'disk'"
    assert summary.skipped["views/instances.json", reason] == 3


def test_extract_reports_them_too(tmp_path):
    write(tmp_path, "a", "Apple")
    write(tmp_path, "b", "apple")
    sources = [{"coco": f"{n}/instances.json", "images": f"{n}/images"} for n in ("a", "b")]
    write_backgrounds(tmp_path / "backgrounds")
    config = write_config(tmp_path, foregrounds=sources)
    (note,) = extract(config, tmp_path / "bank").notes
    assert str(note) == (
        "categories: 'Apple' (a/instances.json) and 'apple' (b/instances.json) look alike and are "
        "two categories; `lookalikes: join` makes them one"
    )


def test_joined_names_can_be_chosen_by_any_of_them(tmp_path):
    source = write(tmp_path, "a", "Apple Tree")
    write_cutouts(tmp_path / "cutouts", names=["disk", "bar"])
    foregrounds = [
        source | {"categories": ["apple_tree"]},
        {"folder": "cutouts", "categories": ["Disk"]},
    ]
    out, _ = built(tmp_path, foregrounds=foregrounds, lookalikes="join")
    assert sorted(names_of(out)) == ["Apple Tree", "disk"]
    with pytest.raises(CocosynthError, match="no category 'apple_tree'"):
        built(tmp_path, "two", foregrounds=foregrounds)


def test_look_alikes_of_other_keypoints_cannot_be_joined(tmp_path):
    sources = []
    for name, category, points in (("a", "Dog", ["nose"]), ("b", "dog", ["tail"])):
        sources.append(write(tmp_path, name, category))
        path = tmp_path / name / "instances.json"
        content = json.loads(path.read_text())
        content["categories"][0] |= {"keypoints": points, "skeleton": []}
        path.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match="two sources name other keypoints"):
        built(tmp_path, foregrounds=sources, lookalikes="join")


def test_what_is_held_out_under_another_spelling_is_named(tmp_path):
    write(tmp_path, "train", "apple", count=2)
    write(tmp_path, "test", "Apple", count=1)
    path = tmp_path / "test/images/0.png"
    path.write_bytes(path.read_bytes() + b"x")
    merged = merge(
        [tmp_path / "train/instances.json"],
        tmp_path / "out.json",
        images=[tmp_path / "train/images"],
        held_out=[tmp_path / "test/instances.json"],
        held_out_images=[tmp_path / "test/images"],
    )
    assert any("'Apple' of" in note and "is 'apple' here" in note for note in merged.notes)
