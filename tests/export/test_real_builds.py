"""The whole of a build of real photographs: what is asked is there, and every format holds it."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from readers import AS_HELD, HOLDS_CROWDS, READERS
from small_builds import annotations_of, tree

from cocosynth.check.validate import validate
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dry_run import dry_run

PLAIN = ["coco", "panoptic", "semantic", "yolo", "yolo_detect", "voc", "webdataset"]
DISTRACTING = {"categories": ["umbrella", "handbag", "bottle", "cup", "person"]}


def quiet(text):
    """Take a note, and say nothing."""


def sources(folder):
    notes, photos, views = (str(folder / n) for n in ("annotations", "train2017", "val2017"))
    return {
        "people": {"coco": f"{notes}/person_keypoints_train2017.json", "images": photos},
        "things": {"coco": f"{notes}/instances_train2017.json", "images": photos},
        "views": {
            "coco": f"{notes}/instances_val2017.json",
            "images": views,
            "annotations": "keep",
        },
    }


def goals_config(coco):
    found = sources(coco)
    return {
        "splits": {"train": 100},
        "canvas": {"width": 640, "height": 480},
        "foregrounds": [
            found["people"] | {"categories": ["person"]},
            found["things"] | {"categories": ["dog", "car", "chair"]},
        ],
        "backgrounds": [found["views"]],
        "empty_images": 0.2,
        "objects_per_image": {"poisson": 3, "max": 12},
        "balance": {"min_instances": 50},
        "sizes": {"small": 0.3, "medium": 0.4, "large": 0.3},
        "export": {
            "formats": ["coco", "coco_keypoints", "panoptic", "semantic", "yolo"],
            "amodal": True,
            "attributes": True,
        },
    }


def looks_config(coco):
    found = sources(coco)
    return {
        "preset": "realistic",
        "foregrounds": [found["things"] | {"whole": 0.8, "matte": "guided"}],
        "backgrounds": [found["views"]],
        "splits": {"train": 24},
        "canvas": {"width": 640, "height": 480},
        "augment": [
            {"flip": {"p": 0.5}},
            {"scale": {"like": "category"}},
            {"brightness": {"factor_range": [0.8, 1.2]}},
        ],
        "finish": [{"noise": {"sigma_range": [0, 6], "p": 0.5}}],
        "placement": {"ground": {}},
        "blend": {"choose": {"feather": 1, "gaussian": 1, "poisson": 1}},
        "harmonize": [{"color_transfer": {"strength_range": [0.3, 0.7]}}, {"focus": {}}],
        "shadow": {"contact": {"strength_range": [0.2, 0.5]}},
        "export": {"formats": PLAIN},
    }


def mixed_config(coco):
    """Goals, labelled distractors, depth, kept poses and crowds, in every format at once."""
    found, poses = sources(coco), str(coco / "annotations/person_keypoints_val2017.json")
    return goals_config(coco) | {
        "splits": {"train": 24, "val": 12},
        "canvas": {"width": 320, "height": 240},
        "backgrounds": [found["views"] | {"keypoints": poses}],
        "balance": {"min_instances": 6},
        "occlusion": {"none": 0.6, "partial": 0.4},
        "distractors": {
            "from": [found["things"] | DISTRACTING],
            "per_image": [1, 3],
            "label": True,
        },
        "augment": ["flip", {"rotate": {"angle_range": [-20, 20]}}, "perspective"],
        "augment_background": ["flip", {"zoom": {"zoom_range": [0.5, 1.5]}}],
        "order": "lower_in_front",
        "share_sources": True,
        "export": {
            "formats": [*PLAIN, "coco_keypoints"],
            "amodal": True,
            "attributes": True,
            "image_format": "png",
        },
    }


@pytest.fixture(scope="module", params=[goals_config, looks_config, mixed_config])
def made(request, real_coco, tmp_path_factory):
    config, out = request.param(real_coco), tmp_path_factory.mktemp("real") / "out"
    return config, out, build(config, out, note=quiet)


def goals_of(summary, split):
    return {(g.goal, g.name): (g.asked, g.got) for g in summary.health.goals if g.split == split}


@pytest.mark.slow
def test_what_is_asked_for_is_there(made):
    config, out, summary = made
    for split, count in config["splits"].items():
        goals = goals_of(summary, split)
        if "balance" not in config:
            assert not goals
            continue
        total = goals["objects_per_image", "objects"][1]
        asked, got = goals["empty_images", "images"]
        assert asked == got == round(0.2 * count)
        least = config["balance"]["min_instances"]
        pasted = [got for (goal, _), (_, got) in goals.items() if goal == "balance"]
        assert min(pasted) >= least
        assert sum(pasted) == total
        for (goal, _), (asked, got) in goals.items():
            if goal == "sizes" and "occlusion" not in config:
                assert abs(asked - got) <= 0.02 * total
    missed = [str(w) for w in summary.health.warnings if w.rule == "goal-missed"]
    assert "occlusion" in config or not missed
    assert all(": asked " in text and "see placement, limits" in text for text in missed)


@pytest.mark.slow
def test_a_dry_run_says_the_same(made):
    config, out, summary = made
    planned = dry_run(config, note=quiet)
    assert planned.summary.health == summary.health
    assert planned.summary.instances == summary.instances
    assert planned.summary.distractors == summary.distractors
    if "webdataset" not in config["export"]["formats"]:  # written at the end of a build alone
        size = sum(len(content) for content in tree(out).values())
        assert planned.bytes == pytest.approx(size, rel=0.35)


@pytest.mark.slow
def test_the_dataset_has_no_fault(made):
    config, out, _ = made
    for split in config["splits"]:
        for path in sorted((out / "annotations").glob(f"*_{split}.json")):
            report = validate(path, images=out / split)
            assert not [p for p in report.problems if p.severity == "error"]


@pytest.mark.slow
def test_every_format_holds_the_labels_of_the_coco_file(made):
    config, out, _ = made
    for split in config["splits"]:
        with contextlib.redirect_stdout(io.StringIO()):
            truth = READERS["coco"](out, split)
        for name in config["export"]["formats"]:
            with contextlib.redirect_stdout(io.StringIO()):
                found = READERS[name](out, split)
            assert found.keys() <= truth.keys()
            for file_name, masks in truth.items():
                wanted = [mask for mask in masks if HOLDS_CROWDS[name] or not mask[1]]
                if name == "coco_keypoints":
                    wanted = [mask for mask in wanted if mask[0] == "person"]
                else:
                    wanted = AS_HELD.get(name, list)(wanted)
                read = sorted_by_name(found.get(file_name, []), name)
                wanted = sorted_by_name(wanted, name)
                assert [label[:2] for label in read] == [label[:2] for label in wanted]
                for (_, _, mask), (_, _, expected) in zip(read, wanted, strict=True):
                    assert same(mask, expected, exactly=name != "yolo")


def sorted_by_name(masks, format):
    return sorted(masks, key=lambda mask: mask[0]) if format == "semantic" else masks


def same(mask, expected, *, exactly):
    """Say whether two masks agree; an outline of several parts covers them, and joins them."""
    if exactly:
        return np.array_equal(mask, expected)
    return (mask & expected).sum() >= 0.98 * expected.sum()


@pytest.mark.slow
def test_poses_fit_themselves(made):
    config, out, _ = made
    if "coco_keypoints" not in config["export"]["formats"]:
        pytest.skip("no poses here")
    for split in config["splits"]:
        content = annotations_of(out, split, "person_keypoints")
        posed = [a for a in content["annotations"] if a["num_keypoints"]]
        assert posed
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(str(out / f"annotations/person_keypoints_{split}.json"))
            keys = ("image_id", "category_id", "keypoints", "area", "bbox")
            found = truth.loadRes([{k: a[k] for k in keys} | {"score": 1.0} for a in posed])
            judge = COCOeval(truth, found, "keypoints")
            judge.params.maxDets = [1000]
            judge.evaluate()
        for (image, category), table in judge.ious.items():
            if len(table):
                assert np.max(table, axis=1).min() == pytest.approx(1), (image, category)
