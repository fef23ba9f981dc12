"""Whatever is configured: labels do not depend on looks, nothing pasted is hidden, replay is exact.

Configurations are drawn from the tables of techniques, so a new technique is tested by being there.
"""

import json
import shutil
from itertools import count

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from pycocotools import mask as coco_mask
from small_builds import scenes_of, shape_mask, write_annotated, write_cutouts
from strategies import configurations

from cocosynth import Compositor, build, load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.pipeline.replay import replay

SCENES = 3
FOREGROUNDS = [
    {"folder": "cutouts"},
    {"coco": "photos/instances.json", "images": "photos/images"},
]
_NUMBERS = count()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts", copies=2)
    write_annotated(
        folder / "photos", [(10, 60, 30, 50), (90, 20, 40, 30)], category="box", count=2
    )
    write_annotated(
        folder / "streets", [(20, 30, 50, 60), (100, 5, 30, 40)], category="disk", count=2
    )
    for number, name in enumerate(("blob", "stripe")):
        (folder / "others" / name).mkdir(parents=True)
        rgba = np.full((40, 40, 4), 250, np.uint8)
        rgba[..., number] = 30
        rgba[..., 3] = np.where(shape_mask(("ring", "bar")[number], 40), 255, 0)
        cv2.imwrite(str(folder / "others" / name / "1.png"), rgba)
    return folder


def configuration(shapes, **changes):
    distractors = shapes.get("distractors")
    if distractors:
        changes = {"distractors": {"from": [{"folder": "others"}], **distractors}} | changes
    backgrounds = [{"coco": "streets/instances.json", "images": "streets/images"}]
    content = {
        "splits": {"train": SCENES},
        "foregrounds": FOREGROUNDS,
        "backgrounds": [{**source, "annotations": "keep"} for source in backgrounds],
        "export": {"image_format": "png", "quality": 1},
    }
    return load_config(content | shapes | changes)


def written_labels(out):
    """Return what the annotations of each image say, by the number of its scene."""
    content = json.loads((out / "annotations/instances_train.json").read_bytes())
    names = {c["id"]: c["name"] for c in content["categories"]}
    found = {image["id"]: [] for image in content["images"]}
    for a in content["annotations"]:
        found[a["image_id"]].append((names[a["category_id"]], a["bbox"], a["segmentation"]))
    return found


def check_labels(plain, bare, limits):
    """Each pasted pixel is labelled, or a distractor's; each limit is kept."""
    changed = (plain.image != bare.image).any(axis=2)
    assert not (changed & (plain.labels == 0)).any(), "something pasted has no owner"
    placements = plain.scene.placements
    named = {a.placement for a in plain.annotations} - {None}
    hidden = {a.placement for a in plain.unlabelled}
    assert named | hidden == set(range(len(placements)))
    assert named.isdisjoint(hidden)
    assert all(placements[number].distractor for number in hidden)
    for annotation in (*plain.annotations, *plain.unlabelled):
        if annotation.placement is not None:
            assert annotation.area >= max(1, limits["min_area"])
            assert annotation.visibility >= round(limits["min_visibility"], 4)


def check(project, drawn):
    shapes, looks = drawn
    common = {"augment": shapes["augment"], "blend": "paste"}
    nothing = {"objects_per_image": [0, 0], "distractors": None}
    out = project / f"out{next(_NUMBERS)}"
    config = configuration(shapes, **looks)
    try:
        build(config, out, folder=project)
    except CocosynthError as error:
        assume("fitted anywhere" not in str(error))
        raise
    try:
        siblings = max(1, len(looks.get("variants", ())))
        plain = Compositor(configuration(shapes, **common), folder=project)
        bare = Compositor(configuration(shapes, **common, **nothing), folder=project)
        labels, scenes = written_labels(out), scenes_of(out)
        assert len(scenes) == SCENES * siblings
        names = {category.id: category.name for category in plain.categories}
        for number, scene in enumerate(scenes):
            sample = plain[number // siblings]
            if number % siblings == 0:
                check_labels(sample, bare[number // siblings], shapes["limits"])
            told = labels[scene["image_id"]]
            assert len(told) == len(sample.annotations)
            for (name, bbox, segmentation), mine in zip(told, sample.annotations, strict=True):
                assert name == names[mine.category_id]
                top, left, bottom, right = mine.box
                assert bbox == [left, top, right - left, bottom - top]
                mask = coco_mask.decode(segmentation)
                assert mask.sum() == mine.area
                assert mask[mine.box.slices][mine.mask].all()
            name, content = replay(out, project, split="train", image_id=scene["image_id"])
            assert content == (out / "train" / name).read_bytes()
    finally:
        shutil.rmtree(out)


QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=3, suppress_health_check=QUIET, deadline=None)
@given(configurations())
def test_labels_stay_and_replay_is_exact_for_some_configurations(project, drawn):
    check(project, drawn)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(10))
@settings(max_examples=17, suppress_health_check=QUIET, deadline=None)
@given(drawn=configurations())
def test_labels_stay_and_replay_is_exact_over_500_scenes(project, part, drawn):
    check(project, drawn)
