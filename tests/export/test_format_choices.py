"""What is special about single formats; that they read back is tested for every format."""

import io
import json
import tarfile

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML
from small_builds import annotations_of, built, tree, write_annotated, write_config

from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Annotation, Box
from cocosynth.export.panoptic import segment_id
from cocosynth.export.semantic import palette_png
from cocosynth.export.stacked import stacked

ALL = ["coco", "panoptic", "semantic", "voc", "webdataset", "yolo", "yolo_detect"]


def export(*formats):
    return {"formats": ["coco", *formats], "image_format": "png"}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Build one dataset in all formats that need no keypoints."""
    folder = tmp_path_factory.mktemp("formats")
    chosen = {"semantic": {"background": "class"}, "webdataset": {"shard_size": 4}}
    formats = [{name: chosen[name]} if name in chosen else name for name in ALL[1:]]
    out, _ = built(folder, export=export(*formats), splits={"train": 6, "val": 2})
    return folder, out


def test_all_formats_at_once_leave_the_coco_files_as_they_are_alone(dataset):
    folder, out = dataset
    alone, _ = built(folder, "alone", splits={"train": 6, "val": 2})
    for name, content in tree(alone).items():
        if name not in ("config.yaml", "manifest.json"):
            assert tree(out)[name] == content, name


def test_images_are_there_once(dataset):
    _, out = dataset
    first = out / "train/000000000001.png"
    assert first.samefile(out / "yolo_detect/images/train/000000000001.png")
    assert first.samefile(out / "VOCdevkit/VOC2012/JPEGImages/train_000000000001.png")


def test_background_can_be_a_class_of_its_own(dataset):
    _, out = dataset
    classes = json.loads((out / "semantic/classes.json").read_text())
    names = [category["name"] for category in annotations_of(out)["categories"]]
    assert classes["classes"] == ["background", *names]
    assert classes["category_ids"][0] is None
    assert (len(classes["palette"]), classes["ignore_index"]) == (len(names) + 1, 255)
    values = np.asarray(Image.open(out / "semantic/train/000000000001.png"))
    assert {0} < {*np.unique(values)} < {*range(len(names) + 1)}


def test_shards_hold_the_images_in_order_and_say_nothing_of_time_or_owner(dataset):
    _, out = dataset
    names = sorted(path.name for path in (out / "webdataset").iterdir())
    assert names == ["train-000000.tar", "train-000001.tar", "val-000000.tar"]
    with tarfile.open(out / "webdataset/train-000001.tar") as tar:
        members = tar.getmembers()
    assert [m.name for m in members] == [
        f"{number:012d}.{suffix}" for number in (5, 6) for suffix in ("png", "json")
    ]
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}


def test_names_of_categories_that_are_not_ascii_are_in_every_format(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=2, category="日本 <&>")
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    out, _ = built(tmp_path, foregrounds=[source], splits={"train": 1}, export=export(*ALL[1:]))
    with tarfile.open(out / "webdataset/train-000000.tar") as tar:
        content = json.load(tar.extractfile("000000000001.json"))
    assert content["annotations"][0]["category"] == "日本 <&>"
    assert (out / "VOCdevkit/VOC2012/labels.txt").read_text() == "日本 <&>\n"
    xml = (out / "VOCdevkit/VOC2012/Annotations/train_000000000001.xml").read_text()
    assert "<name>日本 &lt;&amp;&gt;</name>" in xml


def test_more_categories_than_8_bits_hold_are_refused_before_anything_is_made(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=2)
    path = tmp_path / "annotated/instances.json"
    content = json.loads(path.read_text())
    content["categories"] += [{"id": n, "name": f"c{n}"} for n in range(100, 355)]
    path.write_text(json.dumps(content))
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    with pytest.raises(CocosynthError, match=r"formats: semantic: there are 256 categories; an 8"):
        built(tmp_path, foregrounds=[source], export=export("semantic"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["coco_keypoints", "yolo_pose"])
def test_poses_without_keypoints_are_refused(tmp_path, name):
    with pytest.raises(CocosynthError, match=f"{name}: none of the 3 categories has keypoints"):
        built(tmp_path, export=export(name))


def test_poses_of_two_skeletons_are_refused(tmp_path):
    sources = []
    for name, points in (("dog", ["nose", "tail"]), ("car", ["front", "back"])):
        write_annotated(tmp_path / name, [(10, 20, 60, 40)], count=2, category=name)
        path = tmp_path / name / "instances.json"
        content = json.loads(path.read_text())
        content["categories"][0] |= {"keypoints": points, "id": len(name) + len(sources)}
        for annotation in content["annotations"]:
            annotation["category_id"] = len(name) + len(sources)
        path.write_text(json.dumps(content))
        sources.append({"coco": f"{name}/instances.json", "images": f"{name}/images"})
    with pytest.raises(CocosynthError, match="'dog' and 'car' have other keypoints"):
        built(tmp_path, foregrounds=sources, export=export("yolo_pose"))
    out, _ = built(tmp_path, foregrounds=sources, export=export("coco_keypoints"))
    kept = annotations_of(out, kind="person_keypoints")
    assert {category["name"] for category in kept["categories"]} == {"dog", "car"}


@pytest.mark.parametrize("name", ["yolo_detect", "yolo_pose"])
def test_a_split_called_images_is_refused_by_each_format_of_yolo(tmp_path, name):
    with pytest.raises(CocosynthError, match=f"{name}: a split cannot be called 'images'"):
        load_config(write_config(tmp_path, splits={"images": 1}, export=export(name)))


def test_segments_have_ids_of_their_own():
    ids = {segment_id(position) for position in range(65_535)}
    assert len(ids) == 65_535
    assert 0 not in ids
    assert max(ids) < 2**24


def test_a_png_with_a_palette_reads_back():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 256, (7, 5), dtype=np.uint8)
    palette = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    with Image.open(io.BytesIO(palette_png(values, palette))) as opened:
        assert opened.mode == "P"
        assert np.array_equal(opened, values)
        assert np.array_equal(np.asarray(opened.convert("RGB")), palette[values])


def test_a_crowd_lies_below_single_objects_however_small_it_is():
    def square(side, *, crowd=False):
        mask = np.ones((side, side), dtype=bool)
        return Annotation(1, mask, Box(0, 0, side, side), side * side, crowd, 1.0, None, None)

    labels = stacked([square(3), square(2), square(1, crowd=True)], (4, 4))
    assert labels[:, 0].tolist() == [2, 2, 1, 0]


def test_data_of_detection_names_the_folders_of_images(dataset):
    _, out = dataset
    data = YAML(typ="safe", pure=True).load((out / "yolo_detect/data.yaml").read_text())
    assert (data["train"], data["val"]) == ("images/train", "images/val")
    whole = YAML(typ="safe", pure=True).load((out / "data.yaml").read_text())
    assert data["names"] == whole["names"]
