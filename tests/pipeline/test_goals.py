"""What is asked for is what the files hold, and what the dry run says."""

import json
from collections import Counter

import cv2
import pytest
from small_builds import (
    annotations_of,
    built,
    scenes_of,
    tree,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth import Compositor
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dry_run import dry_run

ASKED = {
    "splits": {"train": 40, "val": 10},
    "canvas": {"width": 320, "height": 240},
    "empty_images": 0.2,
    "objects_per_image": {"poisson": 3, "max": 12},
    "balance": {"min_instances": {"disk": 20}},
    "sizes": {"small": 0.5, "medium": 0.5},
    "share_sources": True,
}


def quiet(text):
    """Take a note, and say nothing."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("goals")
    return folder, *built(folder, **ASKED)


def goals_of(summary, split="train"):
    return {(g.goal, g.name): (g.asked, g.got) for g in summary.health.goals if g.split == split}


def test_the_files_hold_what_is_asked_for(made):
    _, out, summary = made
    dataset = annotations_of(out)
    names = {category["id"]: category["name"] for category in dataset["categories"]}
    shown = {annotation["image_id"] for annotation in dataset["annotations"]}
    counts = Counter(names[annotation["category_id"]] for annotation in dataset["annotations"])
    small = sum(annotation["area"] < 32**2 for annotation in dataset["annotations"])
    total = len(dataset["annotations"])
    assert len(dataset["images"]) - len(shown) == 8
    assert counts["disk"] >= 20
    assert abs(small - total / 2) <= 0.02 * total
    assert all(annotation["area"] < 96**2 for annotation in dataset["annotations"])
    found = goals_of(summary)
    assert found["empty_images", "images"] == (8, 8)
    assert found["balance", "disk"] == (20, counts["disk"])
    assert found["sizes", "small"][1] == small
    assert found["objects_per_image", "objects"] == (total, total)
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert len(manifest["health"]["goals"]) == len(summary.health.goals)


def test_a_dry_run_says_what_the_build_makes_and_writes_nothing(made):
    folder, _, summary = made
    before = sorted(path.name for path in folder.iterdir())
    planned = dry_run(write_config(folder, **ASKED), note=quiet)
    assert planned.summary.health == summary.health
    assert planned.summary.instances == summary.instances
    assert planned.summary.skipped.rows() == summary.skipped.rows()
    assert planned.seconds > 0
    assert planned.bytes > 50 * 1000
    assert sorted(path.name for path in folder.iterdir()) == before


def test_goals_are_met_whatever_makes_an_image(made):
    folder, out, _ = made
    compositor = Compositor(write_config(folder, **ASKED))
    for split, index in (("train", 39), ("train", 0), ("val", 4)):
        alone = [placement.instance for placement in compositor[split, index].scene.placements]
        assert len(alone) == len(scenes_of(out, split)[index].get("placements", []))


@pytest.mark.slow
def test_goals_are_met_whatever_the_workers(made, tmp_path):
    folder, out, _ = made
    other = folder / "other"
    build(write_config(folder, **ASKED), other, executor=Processes(2))
    assert tree(other) == tree(out)


def test_a_limit_makes_the_first_images_as_they_are_among_all(made):
    folder, out, _ = made
    summary = build(write_config(folder, **ASKED), folder / "first", limit=6)
    assert summary.images == {"train": 6, "val": 6}
    for split in ("train", "val"):
        assert scenes_of(folder / "first", split) == scenes_of(out, split)[:6]
        names = sorted(path.name for path in (folder / "first" / split).iterdir())
        assert len(names) == 6
        for name in names:
            assert (folder / "first" / split / name).read_bytes() == (
                out / split / name
            ).read_bytes()


def test_a_limit_may_end_between_the_variants_of_a_scene(tmp_path):
    built(tmp_path, splits={"train": 3}, variants=["paste", "gaussian"])
    config = write_config(tmp_path, splits={"train": 3}, variants=["paste", "gaussian"])
    summary = build(config, tmp_path / "first", limit=3)
    assert summary.images == {"train": 3}
    whole, first = tree(tmp_path / "out" / "train"), tree(tmp_path / "first" / "train")
    assert list(first) == [f"00000000000{one}.png" for one in ("1_gaussian", "1_paste", "2_paste")]
    assert first == {name: whole[name] for name in first}


@pytest.mark.parametrize("shares", [{"none": 0.5, "partial": 0.5}, {"none": 0.6, "heavy": 0.4}])
def test_objects_are_hidden_as_much_as_is_asked_for(tmp_path, shares):
    options = {
        "splits": {"train": 24},
        "canvas": {"width": 320, "height": 240},
        "objects_per_image": 5,
        "limits": {"max_overlap": 0.9, "min_visibility": 0.2},
    }
    out, summary = built(tmp_path, occlusion=shares, **options)
    visible = [part["visibility"] for scene in scenes_of(out) for part in scene["placements"]]
    found = goals_of(summary)
    low, high = (0.65, 0.99) if "partial" in shares else (0.2, 0.65)
    beside = next(name for name in shares if name != "none")
    assert found["occlusion", beside] == (
        round(shares[beside] * 120),
        sum(low <= one < high for one in visible),
    )
    assert found["occlusion", beside][1] >= 0.85 * found["occlusion", beside][0]
    _, plain = built(tmp_path, out="plain", **options)
    assert plain.health.goals  # `objects_per_image: 5` is a goal, too


def test_only_what_real_images_lack_is_added(tmp_path):
    write_annotated(tmp_path / "real", [(5, 5, 20, 20), (40, 5, 20, 20)], count=10)
    balance = {
        "min_instances": 20,
        "counting": "real/instances.json",
        "only_underrepresented": True,
    }
    out, summary = built(tmp_path, splits={"train": 500}, objects_per_image=4, balance=balance)
    assert summary.images == {"train": 10}
    assert summary.instances["train"] == {"ring": 20, "bar": 20}  # of disks there are 20
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert list(manifest["technique_files"]) == ["real/instances.json"]
    enough = balance | {"min_instances": {"disk": 20}}
    with pytest.raises(CocosynthError, match=r"train lacks nothing that can be pasted: remove"):
        built(tmp_path, out="none", splits={"train": 500}, balance=enough)
    with pytest.raises(CocosynthError, match=r"no split 'trian'; there are train, val"):
        built(tmp_path, out="none", balance=balance | {"counting": {"trian": "real.json"}})


def test_what_cannot_be_is_said_before_the_build_and_after_it(made):
    folder, _, _ = made
    notes = []
    asked = {"splits": {"train": 5}, "objects_per_image": 2, "balance": {"min_instances": 9}}
    build(write_config(folder, **asked), folder / "short", note=notes.append)
    [note] = notes
    assert note.startswith("balance.min_instances: train is to have 27 objects, but its 5 images ")
    assert "get 10: set splits.train to 14 or more" in note
    summary = dry_run(write_config(folder, **asked), note=quiet).summary
    texts = [str(w) for w in summary.health.warnings if w.rule == "goal-missed"]
    assert len(texts) == 3
    assert texts[0].endswith(note)
    assert texts[0].startswith("train: balance ")


def test_large_instances_are_dealt_more_often(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=("disk",), copies=2)
    large = cv2.imread(str(tmp_path / "cutouts/disk/0.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(tmp_path / "cutouts/disk/0.png"), cv2.resize(large, (144, 144)))
    size = {
        "splits": {"train": 16},
        "objects_per_image": 1,
        "canvas": {"width": 320, "height": 240},
    }
    for weights, ratio in (("size", 3), ("wholeness", 1), (None, 1)):
        out, _ = built(tmp_path, out=str(weights), instance_weights=weights, augment=[], **size)
        uses = Counter(p["file_name"] for s in scenes_of(out) for p in s["placements"])
        assert uses["disk/0.png"] == ratio * uses["disk/1.png"]


def test_instances_that_are_too_small_for_any_size_are_reported(tmp_path):
    write_annotated(tmp_path / "real", [(5, 5, 4, 4), (40, 5, 20, 20)], count=2, category="dot")
    photos = {"coco": "real/instances.json", "images": "real/images"}
    _, summary = built(tmp_path, foregrounds=[photos], splits={"train": 4}, sizes={"small": 1})
    assert [str(note) for note in summary.notes if "sizes" in str(note)] == [
        "foregrounds: 2 of 4 instances of train are not pasted: they are too small for any of the "
        "`sizes` within limits.max_upscale"
    ]
    assert goals_of(summary)["sizes", "small"][1] == summary.instances["train"]["dot"] > 0


def test_a_category_that_no_foreground_has_is_named(tmp_path):
    with pytest.raises(CocosynthError, match=r"balance.min_instances: no foreground has the categ"):
        built(tmp_path, balance={"min_instances": {"dsk": 2}})


def test_goals_that_contradict_each_other_are_refused(tmp_path):
    balance = {"min_instances": {"disk": 5, "bar": 0}, "weights": {"disk": 0, "bar": 0}}
    with pytest.raises(CocosynthError, match=r"balance: 'disk' has the weight 0, and min_inst"):
        built(tmp_path, balance=balance)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sizes": {}}, ": sizes: all are 0; give"),
        ({"occlusion": {"heavy": 0}}, ": occlusion: all are 0; give"),
        ({"objects_per_image": {"max": 3}}, ": objects_per_image: give poisson or like"),
        ({"balance": {"only_underrepresented": True}}, ": balance: only_underrepresented needs"),
        ({"balance": {"like": "source", "repeat_factor": 0.1}}, ": balance: give one of weights"),
    ],
)
def test_a_goal_is_named_once_where_it_is_refused(tmp_path, change, text):
    with pytest.raises(CocosynthError) as caught:
        built(tmp_path, **change)
    assert text in str(caught.value)
    assert str(caught.value).count(next(iter(change))) == 1


@pytest.mark.parametrize("variants", [[], ["paste", "gaussian"]])
def test_what_fits_nowhere_is_told_by_every_goal_it_misses(tmp_path, variants):
    """Bars are smaller than `min_area`, disks are not."""
    goals = {"empty_images": 0.5, "objects_per_image": 1, "splits": {"train": 4}, "augment": []}
    source = [{"folder": "cutouts", "categories": ["disk", "bar"]}]
    limits = {"min_area": 600}
    _, summary = built(tmp_path, foregrounds=source, limits=limits, variants=variants, **goals)
    each = max(1, len(variants))
    texts = [str(w) for w in summary.health.warnings if w.rule == "goal-missed"]
    assert goals_of(summary)["empty_images", "images"] == (2 * each, 3 * each)
    assert goals_of(summary)["objects_per_image", "objects"] == (2 * each, each)
    assert [text.split(":")[1].split()[0] for text in texts] == [
        "empty_images",
        "objects_per_image",
    ]


def test_the_first_images_alone_miss_no_goal(made):
    folder, _, _ = made
    asked = ASKED | {"splits": {"train": 40}, "balance": {"min_instances": 20}}
    summary = dry_run(write_config(folder, **asked), note=quiet, limit=3).summary
    found = goals_of(summary)
    assert any(got < asked for asked, got in found.values())
    assert not [w for w in summary.health.warnings if w.rule == "goal-missed"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"empty_images": 1, "balance": {"min_instances": 3}}, "or lower empty_images"),
        ({"occlusion": {"heavy": 1}, "limits": {"min_visibility": 0.7}}, "lower it below 0.65"),
        ({"occlusion": {"partial": 1}, "limits": {"max_overlap": 0}}, "limits.max_overlap: 0; "),
    ],
)
def test_what_limits_do_not_allow_is_named(tmp_path, change, text):
    summary = dry_run_of(tmp_path, **change)
    missed = [str(w) for w in summary.health.warnings if w.rule == "goal-missed"]
    assert any(text in one for one in missed)
    assert not any("set splits.train to 4 " in one for one in missed)


def dry_run_of(folder, **changes):
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    config = write_config(folder, splits={"train": 4}, objects_per_image=2, **changes)
    return dry_run(config, note=quiet).summary


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sizes": {"small": 1}, "canvas": {"width": 8, "height": 8}}, "^sizes: no instance of tr"),
        ({"foregrounds": [{"folder": "cutouts", "categories": ["disk", "bar"]}]}, "the weight 0"),
    ],
)
def test_a_split_that_can_paste_nothing_is_told_why(tmp_path, change, text):
    write_cutouts(tmp_path / "cutouts", ("disk",), copies=1)
    write_cutouts(tmp_path / "cutouts", ("bar",), copies=1)
    choice = {"splits": {"train": 1, "val": 1}, "category_weights": {"disk": 0}} | change
    with pytest.raises(CocosynthError, match=text):
        built(tmp_path, **choice)
