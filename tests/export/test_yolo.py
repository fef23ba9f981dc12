"""What is special about labels of YOLO; that they read back is tested for every format."""

import cv2
import numpy as np
import pytest
from ruamel.yaml import YAML
from small_builds import annotations_of, built, shape_mask, tree, write_annotated, write_config

from cocosynth.coco.outlines import outline
from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.snippets import read_built

YOLO = {"formats": ["coco", "yolo"], "image_format": "png"}


def data_of(out):
    return YAML(typ="safe", pure=True).load((out / "data.yaml").read_text())


def test_the_dataset_but_for_the_labels_is_that_of_coco_alone(tmp_path):
    plain, _ = built(tmp_path, "plain")
    out, _ = built(tmp_path, export=YOLO)
    more = {name for name in tree(out) if name.endswith(".txt")} | {"data.yaml"}
    assert len(more) == 9
    for name, content in tree(out).items():
        if name not in more | {"config.yaml", "manifest.json"}:
            assert content == tree(plain)[name], name


def test_every_image_has_its_file_also_without_objects(tmp_path):
    out, _ = built(tmp_path, export=YOLO, objects_per_image=[0, 1], splits={"train": 12})
    images = {path.stem for path in (out / "train").glob("*.png")}
    labels = {path.stem: path.read_text() for path in (out / "train").glob("*.txt")}
    assert labels.keys() == images
    assert "" in labels.values()


def test_classes_are_numbered_in_the_order_of_the_file_whatever_the_ids(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=4, category="square")
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    out, _ = built(tmp_path, foregrounds=[{"folder": "cutouts"}, source], export=YOLO)
    names = [category["name"] for category in annotations_of(out)["categories"]]
    assert data_of(out)["names"] == dict(enumerate(names))
    assert names[0] == "square"
    assert annotations_of(out)["categories"][0]["id"] == 7


@pytest.mark.parametrize(
    ("splits", "paths", "notes"),
    [
        ({"train": 2, "val": 1, "test": 1}, {"train": "train", "val": "val", "test": "test"}, []),
        ({"val": 1, "train": 2}, {"train": "train", "val": "val"}, []),
        ({"train": 2}, {"train": "train", "val": "train"}, ["There is no other split"]),
        ({"train": 2, "val": 0}, {"train": "train", "val": "train"}, ["no other", "val is not"]),
        ({"b": 1, "a": 2, "c": 1}, {"train": "a", "val": "b"}, ["The split c is not named"]),
        ({"a": 2, "test": 1, "val": 0}, {"train": "a", "val": "test"}, ["split val is not named"]),
    ],
)
def test_splits_are_used_as_snippets_use_them_and_what_is_not_named_is_said(
    tmp_path, splits, paths, notes
):
    out, _ = built(tmp_path, splits=splits, export=YOLO, share_sources=True)
    data = data_of(out)
    del data["names"]
    assert data == paths, "and no path, so that the dataset can be moved"
    uses = read_built(out)
    assert (uses.train, uses.val or uses.train, uses.test) == (
        *(paths["train"], paths["val"], paths.get("test")),
    )
    comments = [line for line in (out / "data.yaml").read_text().splitlines() if line[0] == "#"]
    assert len(comments) == 1 + len(notes)
    for note, comment in zip(notes, comments[1:], strict=True):
        assert note in comment


@pytest.mark.parametrize("name", ["no", "1e3", 'it\'s a "b" #1: {{ x }}', "日本語", "a\\b"])
def test_names_are_read_as_they_are_by_readers_of_older_yaml_too(tmp_path, name):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=2, category=name)
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    out, _ = built(tmp_path, foregrounds=[source], splits={"train": 1}, export=YOLO)
    text = (out / "data.yaml").read_text()
    assert text.isascii()
    assert data_of(out)["names"] == {0: name}
    older = YAML(typ="safe", pure=True)
    older.version = (1, 1)
    assert older.load(text)["names"] == {0: name}


def test_a_split_called_images_is_refused(tmp_path):
    load_config(write_config(tmp_path, splits={"images": 1}))
    with pytest.raises(CocosynthError, match="yolo: a split cannot be called 'images'"):
        load_config(write_config(tmp_path, splits={"images": 1}, export=YOLO))


@pytest.mark.parametrize("seed", range(8))
def test_an_outline_is_the_same_wherever_its_mask_lies(seed):
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.random((30, 40)), (0, 0), 1.0 + seed % 3)
    mask = (noise > np.median(noise)).astype(np.uint8)
    around = np.pad(mask, ((3, 5), (7, 2)))
    assert np.array_equal(outline(around), outline(mask) + (7, 3))


@pytest.mark.parametrize("shape", ["disk", "ring", "bar"])
def test_an_outline_has_its_points_in_the_centres_of_border_pixels(shape):
    mask = shape_mask(shape).astype(np.uint8)
    points = outline(mask)
    assert (points % 1 == 0.5).all()
    cols, rows = (points - 0.5).astype(int).T
    assert mask[rows, cols].all()
