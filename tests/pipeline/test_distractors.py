"""Distractors: pasted, in the scene and the manifest by name, and without a label unless asked."""

import json
import re
import shutil
from collections import Counter

import cv2
import msgspec
import numpy as np
import pytest
from small_builds import annotations_of, built, scenes_of, shape_mask, tree, write_cutouts

from cocosynth import Compositor, extract, load_config
from cocosynth.check.preview import contact_sheet
from cocosynth.check.show import Wanted, chosen_images
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.export.manifest import read_manifest
from cocosynth.pipeline.replay import replay

OTHERS = {"from": [{"folder": "others"}], "per_image": [1, 3]}
LOOKS = {"harmonize": ["color_transfer"], "shadow": "contact", "blend": {"choose": {"paste": 1}}}


def write_others(folder, names=("blob", "stripe"), copies=3):
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for copy in range(copies):
            rgba = np.full((48, 48, 4), 255, np.uint8)
            rgba[..., :3] = (10 + copy, 240, 240 - number)
            rgba[..., 3] = np.where(shape_mask(("disk", "bar")[number % 2]), 255, 0)
            cv2.imwrite(str(folder / name / f"{copy}.png"), rgba)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("distractors")
    write_others(folder / "others")
    return folder


@pytest.fixture(scope="module")
def made(project):
    return built(project, distractors=OTHERS, **LOOKS)


def distractors_in(scenes):
    return [part for scene in scenes for part in scene["placements"] if "distractor" in part]


def test_they_are_named_by_scene_and_manifest_and_by_no_annotation(made):
    out, summary = made
    scenes = scenes_of(out)
    found = Counter(part["distractor"] for part in distractors_in(scenes))
    assert set(found) == {"blob", "stripe"}
    assert all("annotation_id" not in part for part in distractors_in(scenes))
    assert read_manifest(out / "manifest.json").splits["train"].distractors == found
    assert summary.distractors["train"] == found
    content = annotations_of(out)
    assert {"blob", "stripe"}.isdisjoint(c["name"] for c in content["categories"])
    objects = [p for s in scenes for p in s["placements"] if "distractor" not in p]
    assert [p["annotation_id"] for p in objects] == [a["id"] for a in content["annotations"]]
    assert sum(found.values()) >= len(scenes)


def test_their_photographs_are_credited_and_feed_one_split(made, project):
    out, _ = made
    photographs = read_manifest(out / "manifest.json").photographs
    others = [photo for photo in photographs if photo.dataset == "others"]
    assert others
    assert all(len(photo.images) == 1 for photo in others)
    sources = {s["file_name"] for i in annotations_of(out)["images"] for s in i["sources"]}
    assert {part["file_name"] for part in distractors_in(scenes_of(out))} <= sources


def test_the_preview_names_those_that_an_image_has(made, tmp_path):
    out, _ = made
    before = cv2.imread(str(out / "preview.png"))
    for split in ("train", "val"):  # a dataset of which nobody knows the scenes
        shutil.copytree(out / split, tmp_path / split)
    shutil.copytree(out / "annotations", tmp_path / "annotations")
    splits = ("train", "val")
    datasets = [(tmp_path / f"annotations/instances_{s}.json", tmp_path / s) for s in splits]
    plain = contact_sheet(datasets)[..., ::-1]
    changed = (before != plain).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1)) % 246  # of the captions alone
    assert len(rows)
    assert rows.min() > 200


def test_show_and_report_name_those_that_have_no_label(made):
    out, _ = made
    path = out / "annotations/instances_train.json"
    wanted = [
        Counter(p["distractor"] for p in scene["placements"] if "distractor" in p)
        for scene in scenes_of(out)
    ]
    said = [chosen.remark for chosen in chosen_images(path, out / "train", Wanted())]
    text = re.search(r'id="content">(.*?)</script>', (out / "report.html").read_text())[1]
    images = [image for image in json.loads(text)["images"] if image["s"] == 0]
    assert any(wanted)
    for names, shown, image in zip(wanted, said, images, strict=True):
        assert image.get("y", "") == shown
        assert all(name in shown for name in names)
        assert bool(names) == bool(shown)


def test_replay_makes_the_same_bytes(made, project):
    out, _ = made
    for scene in scenes_of(out):
        name, content = replay(out, project, split="train", image_id=scene["image_id"])
        assert content == (out / "train" / name).read_bytes()


def test_workers_and_a_kept_bank_make_the_same_bytes(made, project):
    out, _ = made
    two, _ = built(project, out="two", distractors=OTHERS, executor=Processes(2), **LOOKS)
    assert tree(two) == tree(out)
    config = load_config(project / "cocosynth.yaml")
    extract(config, project / "bank", folder=project)
    compositor = Compositor(config, folder=project, bank=project / "bank")
    image = cv2.imread(str(out / "train" / "000000000002.png"))[..., ::-1]
    np.testing.assert_array_equal(compositor[1].image, image)


def test_what_they_hide_is_out_of_the_labels_of_others(project):
    """Paint where each layer is: what is labelled is exactly what no distractor covers."""
    built(project, out="hidden", distractors=OTHERS)
    compositor = Compositor(project / "cocosynth.yaml")
    over = 0
    for sample in compositor:
        seen = [*sample.annotations, *sample.unlabelled]
        assert len(seen) == len(sample.scene.placements)
        cover = np.zeros(sample.labels.shape, int)
        for annotation in seen:
            cover[annotation.box.slices] += annotation.mask
        np.testing.assert_array_equal(cover, sample.labels > 0)
        over += sum(annotation.visibility < 1 for annotation in sample.annotations)
        yellow = (sample.image[..., 0] > 230) & (sample.image[..., 1] > 230)
        for annotation in sample.annotations:
            core = cv2.erode(annotation.mask.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
            assert not (yellow[annotation.box.slices] & core).any()
    assert over


def test_objects_and_backgrounds_stay_those_without_distractors(project):
    chances = {"splits": {"train": 6}, "limits": {"max_overlap": 1, "min_visibility": 0}}
    without, _ = built(project, out="without", **chances)
    with_them, _ = built(project, out="with", distractors=OTHERS, **chances)
    for before, after in zip(scenes_of(without), scenes_of(with_them), strict=True):
        kept = [part for part in after["placements"] if "distractor" not in part]
        assert after["background"] == before["background"]
        keys = ("file_name", "matrix")
        assert [[p[k] for k in keys] for p in kept] == [
            [p[k] for k in keys] for p in before["placements"]
        ]


def test_labelled_ones_are_annotations_of_their_categories(project):
    out, summary = built(project, out="labelled", distractors=OTHERS | {"label": True})
    content = annotations_of(out)
    names = {c["id"]: c["name"] for c in content["categories"]}
    assert {"blob", "stripe"} < set(names.values())
    labels = {a["id"]: names[a["category_id"]] for a in content["annotations"]}
    found = distractors_in(scenes_of(out))
    assert found
    assert all(labels[part["annotation_id"]] == part["distractor"] for part in found)
    assert {"blob", "stripe"} < {use.name for use in summary.health.categories}


@pytest.mark.parametrize("name", ["disk", "Disk"])
def test_what_is_or_looks_like_an_output_category_is_skipped_and_counted(tmp_path, name):
    write_others(tmp_path / "others", ("blob", name))
    out, summary = built(tmp_path, distractors=OTHERS)
    rows = [row for row in summary.skipped.rows() if row.source == "others"]
    (row,) = rows
    assert row.count == 3
    assert "'disk'" in row.reason
    assert "would go without a label" in row.reason
    assert {part["distractor"] for part in distractors_in(scenes_of(out))} == {"blob"}


def test_only_output_categories_are_refused_in_one_line(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    with pytest.raises(CocosynthError, match=r"distractors.from: .* `label: true`"):
        built(tmp_path, distractors={"from": [{"folder": "cutouts"}]})


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"per_image": [3, 1]}, "distractors: per_image must go from low to high, got [3, 1]"),
        ({"from": []}, "distractors.from"),
        ({"from": [{"folder": "others", "imgs": 1}]}, "distractors.from[0]"),
        ({"labels": True}, "unknown key 'labels'"),
        ({"from": [{"images": "others"}]}, "distractors.from[0]: give either `coco`"),
        ({"per_image": [0, 998]}, "together at most 1000"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path, change, text):
    content = {
        "splits": {"train": 1},
        "canvas": "background",
        "foregrounds": [{"folder": "cutouts"}],
        "backgrounds": [{"folder": "backgrounds"}],
        "distractors": OTHERS | change,
    }
    with pytest.raises(CocosynthError) as caught:
        load_config(content)
    assert text in str(caught.value)


def test_a_split_without_distractors_is_refused_where_it_must_have_some(tmp_path):
    write_others(tmp_path / "others", ("blob",), copies=1)
    with pytest.raises(CocosynthError, match="has no distractor to paste"):
        built(tmp_path, distractors=OTHERS)
    _, summary = built(tmp_path, distractors=OTHERS | {"per_image": [0, 2]})
    assert [note.source for note in summary.notes if "no distractor" in note.text] == [
        "distractors"
    ]


def test_distractors_that_cannot_be_read_are_refused(tmp_path):
    write_others(tmp_path / "others", ("blob",), copies=1)
    (tmp_path / "others/blob/0.png").write_bytes(b"no picture")
    with pytest.raises(CocosynthError, match="nothing is left to paste; 1 x cut-out whose f"):
        built(tmp_path, distractors=OTHERS | {"per_image": [0, 2]})


def test_distractors_that_are_all_foregrounds_already_are_refused(tmp_path):
    text = r"^distractors.from: nothing is left to paste; 9 x distractor that an earlier source has"
    with pytest.raises(CocosynthError, match=text):
        built(tmp_path, distractors={"from": [{"folder": "cutouts"}], "label": True})


def test_labelled_distractors_do_not_count_for_goals(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_cutouts(tmp_path / "others", ("disk",))
    goals = {"balance": {"min_instances": 4}, "objects_per_image": 2, "splits": {"train": 8}}
    more = {"from": [{"folder": "others"}], "per_image": [1, 2], "label": True}
    _, summary = built(tmp_path, distractors=more, limits={"min_area": 1}, **goals)
    got = {goal.name: goal.got for goal in summary.health.goals if goal.goal == "balance"}
    [use] = [use for use in summary.health.categories if use.name == "disk"]
    assert sum(got.values()) == 16
    assert use.pasted == got["disk"] + summary.distractors["train"]["disk"] > got["disk"]


def test_a_build_without_distractors_says_nothing_of_them(tmp_path):
    out, _ = built(tmp_path)
    written = [(out / name).read_text() for name in ("config.yaml", "manifest.json")]
    assert all("distractor" not in text for text in [*written, json.dumps(scenes_of(out))])
    assert read_manifest(out / "manifest.json").splits["train"].distractors is msgspec.UNSET
