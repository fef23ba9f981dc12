"""``convert``: any COCO dataset in the formats of a build."""

import csv
import io
import json
import re
import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle
from small_builds import tree

from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Processes
from cocosynth.datasets.convert.convert import convert
from cocosynth.datasets.convert.names import file_names
from cocosynth.export import EXPORTERS

SIZE = (40, 60)
MASKS = {"large": (0, 0, 30, 30), "small": (10, 10, 5, 5), "beside": (32, 0, 4, 6)}  # x, y, w, h
FORMATS = sorted(EXPORTERS)


def square(x, y, w, h):
    return [[x, y, x + w, y, x + w, y + h, x, y + h]]


def encoded(x, y, w, h, *, compressed):
    mask = np.zeros(SIZE, np.uint8, order="F")
    mask[y : y + h, x : x + w] = 1
    if compressed:
        return {"size": [*SIZE], "counts": rle.encode(mask)["counts"].decode()}
    changes = np.flatnonzero(np.diff(mask.ravel(order="F"), prepend=0, append=0))
    ends = [0, *changes.tolist(), mask.size]
    return {"size": [*SIZE], "counts": np.diff(ends).tolist()}


def annotation(number, box, category=5, image=3, **more):
    x, y, w, h = box
    record = {"id": number, "image_id": image, "category_id": category, "bbox": [*box]}
    return record | {"area": w * h, "iscrowd": 0, "segmentation": square(*box)} | more


def write_dataset(folder, names=("b/c d.png", "b c.d.png"), annotations=None):
    """Write polygons, run lengths of both kinds, a crowd and a box alone; small lies on large."""
    images = folder / "images"
    for number, name in enumerate(names):
        (images / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(images / name), np.full((*SIZE, 3), 50 + number, np.uint8))
    points = {"keypoints": [11, 12, 2, 14, 13, 1, 0, 0, 0], "num_keypoints": 2}
    crowd = encoded(40, 10, 20, 20, compressed=False)
    given = annotations or [
        annotation(7, MASKS["small"], **points),
        annotation(8, MASKS["large"], 2, segmentation=encoded(*MASKS["large"], compressed=True)),
        annotation(9, MASKS["beside"], 2),
        annotation(10, (40, 10, 20, 20), 2, iscrowd=1, segmentation=crowd),
        annotation(11, (41.5, 30.5, 10, 6.25), 5, area=62.5) | points,
    ]
    if annotations is None:
        del given[-1]["segmentation"]
    skills = {"keypoints": ["left_a", "right_a", "nose"], "skeleton": [[1, 2]]}
    dataset = {
        "info": {"description": "shapes", "year": 2020, "contributor": 5},
        "licenses": [{"id": 4, "name": "CC BY", "url": "https://by"}],
        "images": [
            {"id": i + 3, "file_name": name, "width": SIZE[1], "height": SIZE[0], "license": 4}
            for i, name in enumerate(names)
        ],
        "annotations": given,
        "categories": [{"id": 5, "name": "b", **skills}, {"id": 2, "name": "a & <b>"}],
    }
    path = folder / "annotations/instances_val.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(dataset))
    return path


def converted(folder, *formats, out="out", **options):
    path = folder / "annotations/instances_val.json"
    options = {"images": [folder / "images"]} | options
    return folder / out, convert([path], folder / out, formats or FORMATS, **options)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("convert")
    write_dataset(folder)
    out, summary = converted(folder)
    return folder, out, summary


def test_images_are_the_same_files_under_names_that_every_format_can_have(made):
    folder, out, summary = made
    assert (out / "val/b_c_d-3.png").read_bytes() == (folder / "images/b/c d.png").read_bytes()
    assert (out / "val/b_c_d-4.png").read_bytes() == (folder / "images/b c.d.png").read_bytes()
    assert summary.renamed == 2
    rows = list(csv.DictReader(io.StringIO((out / "credits.csv").read_text())))
    assert [row["source"] for row in rows] == ["b/c d.png", "b c.d.png"]
    assert [row["license"] for row in rows] == ["CC BY"] * 2


def test_coco_keeps_ids_boxes_keypoints_and_licences(made):
    folder, out, _ = made
    before = json.loads((folder / "annotations/instances_val.json").read_text())
    after = json.loads((out / "annotations/instances_val.json").read_text())
    keys = ("id", "image_id", "category_id", "bbox", "iscrowd")
    for old, new in zip(before["annotations"], after["annotations"], strict=True):
        assert [new[key] for key in keys] == [old[key] for key in keys]
        assert ("segmentation" in new) == ("segmentation" in old)
    assert after["annotations"][0]["keypoints"] == before["annotations"][0]["keypoints"]
    assert after["licenses"] == [{"id": 1, "name": "CC BY", "url": "https://by"}]
    assert after["info"]["description"] == "shapes"


def test_where_masks_overlap_the_smaller_is_on_top_and_a_crowd_below(made):
    _, out, _ = made
    content = json.loads((out / "panoptic/panoptic_val.json").read_text())
    segments = {s["area"]: s for s in content["annotations"][0]["segments_info"]}
    assert set(segments) == {25, 900 - 25, 24, 400}, "the box alone is no segment"
    assert segments[400]["iscrowd"] == 1
    values = np.asarray(Image.open(out / "semantic/val/b_c_d-3.png"))
    assert (values[12, 12], values[0, 0], values[15, 50], values[39, 0]) == (1, 0, 255, 255)
    classes = json.loads((out / "semantic/classes.json").read_text())
    assert classes["classes"] == ["a & <b>", "b"]
    assert classes["category_ids"] == [2, 5]


def test_a_box_alone_is_in_formats_of_boxes_and_counted_in_those_of_masks(made):
    _, out, summary = made
    rows = (out / "yolo_detect/labels/val/b_c_d-3.txt").read_text().splitlines()
    assert len(rows) == 4
    x, y, w, h = (float(number) for number in rows[-1].split()[1:])
    assert (x * 60, y * 40, w * 60, h * 40) == pytest.approx((46.5, 33.625, 10, 6.25), abs=1e-4)
    xml = (out / "VOCdevkit/VOC2012/Annotations/val_b_c_d-3.xml").read_text()
    corners = [re.findall(rf"<{key}>(.*?)<", xml)[-1] for key in ("xmin", "ymin", "xmax", "ymax")]
    assert corners == ["42", "31", "52", "37"], "whole pixels, as readers of Pascal VOC want"
    assert len((out / "val/b_c_d-3.txt").read_text().splitlines()) == 3
    counted = {row.source for row in summary.skipped.rows() if "box alone" in row.reason}
    assert counted == {"panoptic, val", "semantic, val", "yolo, val"}


def test_categories_without_keypoints_are_not_in_pose_labels(made):
    _, out, summary = made
    rows = (out / "yolo_pose/labels/val/b_c_d-3.txt").read_text().splitlines()
    assert [len(row.split()) for row in rows] == [5 + 9, 5 + 9]
    assert rows[0].split()[5:8] == ["0.183333", "0.300000", "2"]
    assert summary.skipped[("yolo_pose, val", NO_POINTS)] == 2


NO_POINTS = "annotation of a category without keypoints, in pose labels"


def test_other_workers_and_a_second_run_give_the_same_bytes(made):
    folder, out, _ = made
    again, _ = converted(folder, out="again", executor=Processes(2))
    assert tree(again) == tree(out)
    (again / "val/b_c_d-3.txt").write_text("stale")
    converted(folder, "panoptic", out="again", overwrite=True)
    fresh, _ = converted(folder, "panoptic", out="fresh")
    assert tree(again) == tree(fresh), "nothing of the other formats is left"


def test_links_are_the_same_files(made):
    folder, _, _ = made
    out, _ = converted(folder, "yolo", out="linked", link=True)
    assert (out / "val/b_c_d-3.png").samefile(folder / "images/b/c d.png")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"formats": ["yollo"]}, r"--to: no format 'yollo'; did you mean 'yolo'"),
        ({"formats": ["yolo", "yolo"]}, "--to: 'yolo' stands there twice"),
        ({"splits": ["a/b"]}, "--split: 'a/b' cannot be the name of a split"),
        ({"splits": ["semantic"]}, "--split: 'semantic' is the folder of a format"),
        ({"splits": ["images"]}, "--to: yolo: a split cannot be called 'images'"),
        ({"images": ["gone"]}, "gone: no such folder"),
        (
            {"parameters": {"webdataset": {"shard_size": 0}}, "formats": ["webdataset"]},
            "--to.webdataset.shard_size: expected an integer from 1",
        ),
    ],
)
def test_wrong_options_are_one_line_and_leave_nothing(made, tmp_path, change, message):
    folder, _, _ = made
    options = {"formats": ["yolo"], "images": [folder / "images"]} | change
    options["images"] = [folder / str(name) for name in options["images"]]
    path = folder / "annotations/instances_val.json"
    with pytest.raises(CocosynthError, match=message) as caught:
        convert([path], tmp_path / "out", options.pop("formats"), **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_faults_of_the_dataset_are_one_line(tmp_path):
    path = write_dataset(tmp_path)
    (tmp_path / "images/b/c d.png").unlink()
    with pytest.raises(CocosynthError, match=r"1 of 2 images have no file .*--skip-missing"):
        converted(tmp_path, "yolo")
    out, summary = converted(tmp_path, "yolo", skip_missing=True)
    assert summary.skipped[("val", "image without a file")] == 1
    assert [p.name for p in (out / "val").glob("*.png")] == ["b_c_d.png"]
    with pytest.raises(CocosynthError, match="holds a conversion; --overwrite replaces it"):
        converted(tmp_path, "yolo", skip_missing=True)
    (tmp_path / "images/b/c d.png").write_bytes(b"no picture")
    with pytest.raises(CocosynthError, match=r"c d.png: image 3: .*; replace the file"):
        converted(tmp_path, "yolo", overwrite=True)
    assert (out / "conversion.json").exists(), "the earlier conversion is still there"
    cv2.imwrite(str(tmp_path / "images/b/c d.png"), np.zeros((41, 60, 3), np.uint8))
    with pytest.raises(CocosynthError, match=r"the file is 60 x 41 pixels, its record says 60 x 4"):
        converted(tmp_path, "yolo", overwrite=True)
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"] = [[1, 2, 3]]
    path.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match=r"1 error.*annotations\[0\].*validate"):
        converted(tmp_path, "yolo", overwrite=True)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    write_dataset(tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.txt").write_text("all of it")
    with pytest.raises(CocosynthError, match="is not empty and no conversion of ours"):
        converted(tmp_path, "yolo", overwrite=True)
    assert tree(tmp_path / "out") == {"thesis.txt": b"all of it"}


def test_more_categories_than_a_mask_of_8_bits_holds_are_refused(tmp_path):
    path = write_dataset(tmp_path)
    content = json.loads(path.read_text())
    content["categories"] += [{"id": n, "name": f"c{n}"} for n in range(10, 264)]
    path.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match="--to: semantic: there are 256 categories"):
        converted(tmp_path, "semantic")
    content["categories"].pop()
    path.write_text(json.dumps(content))
    converted(tmp_path, "semantic")
    with pytest.raises(CocosynthError, match="holds 254 beside void"):
        converted(tmp_path, "semantic", out="b", parameters={"semantic": {"background": "class"}})


def test_files_of_other_categories_are_refused(tmp_path):
    path = write_dataset(tmp_path)
    other = path.with_name("instances_train.json")
    content = json.loads(path.read_text())
    content["categories"][0]["name"] = "other"
    other.write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match=r"instances_train.json: has other categories than"):
        convert([path, other], tmp_path / "out", ["yolo"], images=[tmp_path / "images"] * 2)


@pytest.mark.parametrize("name", ["a.jpg", "é.jpg", "_x-1.png"])
def test_ordinary_names_stay(name):
    assert file_names([(1, name)]) == [name]


def test_no_two_names_are_one_on_any_system():
    recorded = ["a.jpg", "A.png", "a-2.jpg", "x" * 300 + ".jpg", "x" * 300 + "y.jpg", ".jpg", "?"]
    names = file_names(list(enumerate(recorded)))
    stems = [name.partition(".")[0].casefold() for name in names]
    assert len({*stems}) == len(stems)
    assert all(0 < len(name.encode()) < 200 for name in names)


@pytest.mark.slow
def test_the_command(tmp_path):
    write_dataset(tmp_path)
    command = [sys.executable, "-m", "cocosynth", "convert", "annotations/instances_val.json"]
    command += ["--images", "images", "--to", "yolo,semantic,panoptic", "-o", "out"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "converted to yolo, semantic, panoptic: out\n"
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert again.stderr == "cocosynth: error: out: holds a conversion; --overwrite replaces it\n"
    (tmp_path / "images").rename(tmp_path / "val")
    whole = [*command[:4], ".", "--to", "yolo,semantic,panoptic", "-o", "whole", "-q"]
    subprocess.run(whole, cwd=tmp_path, check=True)
    assert tree(tmp_path / "whole") == tree(tmp_path / "out"), "the folder of a dataset"
