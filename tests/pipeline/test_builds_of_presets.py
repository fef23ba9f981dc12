"""Every preset builds with every kind of source; the defaults are no clones."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from small_builds import (
    annotations_of,
    scenes_of,
    tree,
    write_annotated,
    write_backgrounds,
    write_cutouts,
)

from cocosynth.config.file import read_config
from cocosynth.config.presets import PRESETS
from cocosynth.core.executors import Processes
from cocosynth.pipeline.build import build
from cocosynth.pipeline.replay import replay

SAMPLE = Path(__file__).parents[2] / "sample_data"

AS_IT_STANDS = """\
preset: realistic
foregrounds:
  - {coco: a/instances.json, images: a/images, whole: 0.8, matte: guided}
backgrounds:
  - {coco: b/instances.json, images: b/images, annotations: keep}
splits: {train: 60}
canvas: {width: 640, height: 480}
augment:
  - flip: {p: 0.5}
  - scale: {like: category}
  - brightness: {factor_range: [0.8, 1.2]}
finish:
  - noise: {sigma_range: [0, 6], p: 0.5}
placement: {ground: {}}
blend: {choose: {feather: 1, gaussian: 1, poisson: 1}}
harmonize:
  - color_transfer: {strength_range: [0.3, 0.7]}
  - focus: {}
shadow: {contact: {strength_range: [0.2, 0.5]}}
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds")
    write_annotated(folder / "photos", [(60, 40, 40, 30), (10, 60, 30, 50)], count=3)
    write_annotated(folder / "views", [(20, 10, 30, 30)], count=4, size=(150, 200))
    return folder


PHOTOS = {"coco": "photos/instances.json", "images": "photos/images"}
VIEWS = {"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}
CUTOUTS, PLAIN = {"folder": "cutouts"}, {"folder": "backgrounds"}
KINDS = {
    "annotated": ([PHOTOS], [VIEWS]),
    "cut-outs": ([CUTOUTS], [PLAIN]),
    "both": ([CUTOUTS, PHOTOS], [PLAIN, VIEWS]),
    "other names": ([CUTOUTS], [VIEWS | {"categories": []}]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_builds_with_every_kind_of_source(name, kind, sources, tmp_path):
    foregrounds, backgrounds = KINDS[kind]
    content = {
        "preset": name,
        "seed": 3,
        "splits": {"train": 5},
        "canvas": {"width": 160, "height": 120},
        "foregrounds": foregrounds,
        "backgrounds": backgrounds,
    }
    config = read_config(content, folder=sources).config
    build(config, tmp_path / "out", folder=sources)
    scenes = scenes_of(tmp_path / "out")
    assert any(scene["placements"] for scene in scenes)
    if kind == "both":
        build(config, tmp_path / "again", folder=sources, executor=Processes(2))
        assert tree(tmp_path / "again") == tree(tmp_path / "out")
        for scene in scenes[:3]:
            found, content = replay(
                tmp_path / "out", sources, split="train", image_id=scene["image_id"]
            )
            assert content == (tmp_path / "out/train" / found).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("data", ["sample", "real"])
def test_the_whole_configuration_builds_as_it_stands(data, tmp_path, request):
    if data == "sample":
        photos = SAMPLE / "photos"
        pairs = {"a": (photos / "annotations/instances.json", photos / "images")} | {
            "b": (photos / "annotations/instances.json", photos / "images")
        }
    else:
        real = request.getfixturevalue("real_coco")
        pairs = {
            name: (real / f"annotations/instances_{split}.json", real / split)
            for name, split in (("a", "train2017"), ("b", "val2017"))
        }
    for name, (annotations, images) in pairs.items():
        (tmp_path / name).mkdir()
        shutil.copy(annotations, tmp_path / name / "instances.json")
        (tmp_path / name / "images").symlink_to(images)
    (tmp_path / "cocosynth.yaml").write_text(AS_IT_STANDS)
    loaded = read_config(tmp_path / "cocosynth.yaml")
    assert loaded.notes == ()
    build(loaded.config, tmp_path / "out", folder=tmp_path, executor=Processes(2))
    scenes = scenes_of(tmp_path / "out")
    assert len(scenes) == 60
    placements = [placement for scene in scenes for placement in scene["placements"]]
    assert {placement["blend"] for placement in placements} == {"feather", "gaussian", "poisson"}
    named = {step["name"] for one in placements for step in one["tones"]}
    assert named == {"brightness"}
    assert loaded.config.order == "lower_in_front"  # of the preset
    check_labels(annotations_of(tmp_path / "out"))


def check_labels(annotations):
    """Check that the masks of an image are apart, and that area and box are theirs."""
    by_image = {}
    for one in annotations["annotations"]:
        if not one["iscrowd"]:
            mask = coco_mask.decode(one["segmentation"])
            assert mask.sum() == one["area"]
            total = by_image.setdefault(one["image_id"], np.zeros(mask.shape, np.uint8))
            total += mask
    assert all(total.max() == 1 for total in by_image.values())
    assert len(by_image) > 40


def test_objects_are_mirrored_and_of_several_sizes_by_default(sources, tmp_path):
    content = {
        "splits": {"train": 12},
        "canvas": {"width": 160, "height": 120},
        "foregrounds": [CUTOUTS],
        "backgrounds": [PLAIN],
    }
    for out, changes in {"new": {}, "as they are": {"augment": []}}.items():
        config = read_config(content | changes).config
        build(config, tmp_path / out, folder=sources)
        matrices = [
            np.array(placement["matrix"]).reshape(3, 3)
            for scene in scenes_of(tmp_path / out)
            for placement in scene["placements"]
        ]
        mirrored = {bool(matrix[0, 0] < 0) for matrix in matrices}
        sizes = [abs(matrix[1, 1]) for matrix in matrices]
        if changes:
            assert mirrored == {False}
            assert set(sizes) == {1}
        else:
            assert mirrored == {True, False}
            assert 0.8 <= min(sizes) < 0.9
            assert 1.1 < max(sizes) <= 1.2
