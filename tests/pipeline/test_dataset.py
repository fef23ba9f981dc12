"""A compositor gives the very images that a build writes, whoever asks and in whatever order."""

import gc
import json
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from small_builds import (
    annotations_of,
    built,
    scenes_of,
    write_annotated,
    write_backgrounds,
    write_config,
    write_cutouts,
)

from cocosynth import Compositor, build, extract, load_config

ANNOTATED = {
    "coco": "annotated/instances.json",
    "images": "annotated/images",
    "annotations": "keep",
}
CHOICES = {
    "backgrounds": [ANNOTATED, {"folder": "backgrounds"}],
    "splits": {"none": 0, "train": 6, "val": 3},
    "finish": [{"brightness": {}}],
    "blend": {"choose": {"paste": 1, "gaussian": 1}},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_annotated(folder / "annotated", [[10, 10, 40, 30]], count=3)
    built(folder, **CHOICES)
    return folder


@pytest.fixture(scope="module")
def compositor(project):
    return Compositor(project / "cocosynth.yaml")


def digest(compositor, key):
    sample = compositor[key]
    return sample.image.tobytes(), sample.labels.tobytes(), sample.scene


def written(project, split, index):
    record = annotations_of(project / "out", split)["images"][index]
    return record, cv2.imread(str(project / "out" / split / record["file_name"]))[..., ::-1]


@pytest.mark.parametrize(("split", "index"), [("train", 0), ("train", 5), ("val", 2)])
def test_an_image_is_the_one_that_is_written_with_its_annotations(
    project, compositor, split, index
):
    sample = compositor[split, index]
    record, pixels = written(project, split, index)
    assert sample.file_name == record["file_name"]
    np.testing.assert_array_equal(sample.image, pixels)  # PNG
    coco = annotations_of(project / "out", split)
    found = [a for a in coco["annotations"] if a["image_id"] == record["id"]]
    assert len(found) == len(sample.annotations)
    for annotation, mine in zip(found, sample.annotations, strict=True):
        mask = np.zeros(sample.labels.shape, bool)
        mask[mine.box.slices] = mine.mask
        np.testing.assert_array_equal(coco_mask.decode(annotation["segmentation"]) > 0, mask)
        assert annotation["category_id"] == mine.category_id
        assert annotation["area"] == mine.area


def test_the_label_image_numbers_what_can_be_seen(compositor):
    sample = compositor[1]
    for annotation in sample.annotations:
        part = sample.labels[annotation.box.slices]
        (number,) = np.unique(part[annotation.mask])
        layer = sample.composite.layers[number - 1]
        assert layer.category_id == annotation.category_id


def test_integers_of_any_kind_mean_the_same(compositor):
    expected = digest(compositor, 4)
    for key in (np.int64(4), np.uint8(4), ("train", np.int32(4)), -2, np.array(4)):
        assert digest(compositor, key) == expected


def test_it_is_a_sequence_of_the_first_split_that_has_images(compositor):
    assert len(compositor) == 6
    assert compositor.splits == {"none": 0, "train": 6, "val": 3}
    scenes = [sample.scene for sample in compositor]
    assert [scene.index for scene in scenes] == list(range(6))
    assert {scene.split for scene in scenes} == {"train"}
    assert "train" in repr(compositor)


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (6, "train has 6 images, and none of the number 6"),
        (-7, "none of the number -7"),
        (("val", 3), "val has 3 images"),
        (("none", 0), "none has 0 images"),
    ],
)
def test_an_image_that_is_not_there_is_an_index_error(compositor, key, error):
    with pytest.raises(IndexError, match=error):
        compositor[key]


@pytest.mark.parametrize(
    ("key", "kind", "error"),
    [
        (("test", 0), KeyError, "there is no split 'test'; there are none, train, val"),
        ("train", TypeError, "'str' object"),
        (1.5, TypeError, "'float' object"),
    ],
)
def test_what_is_no_image_is_refused(compositor, key, kind, error):
    with pytest.raises(kind, match=error):
        compositor[key]


def test_its_folder_is_removed_with_it(project, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    alone = Compositor(project / "cocosynth.yaml")
    assert len(list(tmp_path.iterdir())) == 1
    del alone
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_threads_get_the_same_images(compositor):
    expected = [digest(compositor, i) for i in range(6)]
    found = {}

    def compose(start):
        for i in range(12):
            number = (i * 5 + start) % 6
            found.setdefault(number, set()).add(hash(digest(compositor, number)[:2]))

    threads = [threading.Thread(target=compose, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: {hash(one[:2])} for i, one in enumerate(expected)}


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_other_processes_get_the_same_images(compositor, method):
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        there = list(pool.map(digest, [compositor] * 3, [0, 3, ("val", 1)]))
    assert there == [digest(compositor, key) for key in (0, 3, ("val", 1))]


def test_a_file_a_dict_and_a_config_mean_the_same(project, compositor):
    path = project / "cocosynth.yaml"
    content = json.loads(path.read_text())
    for source in (str(path), content, load_config(path)):
        folder = None if isinstance(source, str) else str(project)
        assert digest(Compositor(source, folder=folder), 2) == digest(compositor, 2)


def test_a_bank_that_was_extracted_serves(project, compositor, tmp_path):
    made = extract(str(project / "cocosynth.yaml"), str(tmp_path / "bank"))
    assert len(made.bank) == 9
    assert set(made.categories) == {"disk", "ring", "bar"}
    banked = Compositor(project / "cocosynth.yaml", bank=str(tmp_path / "bank"))
    assert digest(banked, 2) == digest(compositor, 2)


def test_build_takes_text_for_every_path(project, tmp_path):
    summary = build(str(project / "cocosynth.yaml"), str(tmp_path / "out"))
    assert summary.images == {"none": 0, "train": 6, "val": 3}
    assert scenes_of(tmp_path / "out") == scenes_of(project / "out")


def test_labels_can_be_had_where_the_pixels_of_backgrounds_cannot(tmp_path):
    """What can be read is known before anything is planned."""
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    whole = Compositor(write_config(tmp_path))
    expected = [whole[i].scene for i in range(6)]
    for path in (tmp_path / "backgrounds").iterdir():
        path.unlink()
    planned = [whole.scene(i) for i in range(6)]
    assert planned == expected


POSE = ["nose", "left_hand", "right_hand"]


def test_keypoints_go_where_their_object_goes(tmp_path):
    """An object of two halves, a keypoint in each: colours say where the halves went."""
    size, box = (60, 80), (20, 10, 40, 30)  # x, y, w, h
    folder = tmp_path / "posed"
    (folder / "images").mkdir(parents=True)
    pixels = np.full((*size, 3), 90, np.uint8)
    x, y, w, h = box
    pixels[y : y + h, x : x + w // 2] = (200, 0, 0)  # red in OpenCV's order is blue: fine
    pixels[y : y + h, x + w // 2 : x + w] = (0, 200, 0)
    cv2.imwrite(str(folder / "images/0.png"), pixels)
    left, right = (x + w // 4, y + h // 2), (x + 3 * w // 4, y + h // 2)
    keypoints = [0, 0, 0, *left, 2, *right, 2]
    corners = [x, y, x + w, y, x + w, y + h, x, y + h]
    annotation = {
        "id": 1, "image_id": 1, "category_id": 3, "bbox": [*box], "area": w * h, "iscrowd": 0,
        "segmentation": [corners], "keypoints": keypoints, "num_keypoints": 2,
    }  # fmt: skip
    category = {"id": 3, "name": "body", "supercategory": "x", "keypoints": POSE}
    dataset = {
        "images": [{"id": 1, "file_name": "0.png", "width": 80, "height": 60}],
        "annotations": [annotation],
        "categories": [{**category, "skeleton": [[2, 3]]}],
    }
    (folder / "instances.json").write_text(json.dumps(dataset))
    write_backgrounds(tmp_path / "backgrounds", size=(240, 320))
    out, _ = built(
        tmp_path,
        splits={"train": 30},
        canvas="background",
        foregrounds=[{"coco": "posed/instances.json", "images": "posed/images"}],
        augment=[{"flip": {}}, {"rotate": {"angle_range": [-40, 40]}}, {"scale": {}}],
        blend="paste",
        objects_per_image=[5, 9],
        limits={"max_overlap": 0.9, "min_visibility": 0.2},
    )
    coco = COCO(str(out / "annotations/instances_train.json"))
    assert coco.cats[3]["keypoints"] == POSE
    assert coco.cats[3]["skeleton"] == [[2, 3]]
    seen, covered, flipped = 0, 0, set()
    for annotation in coco.anns.values():
        points = np.array(annotation["keypoints"]).reshape(-1, 3)
        assert annotation["num_keypoints"] == (points[:, 2] > 0).sum()
        assert points[0].tolist() == [0, 0, 0]
        image = cv2.imread(str(out / "train" / coco.imgs[annotation["image_id"]]["file_name"]))
        mask = coco.annToMask(annotation)
        for (px, py, visibility), number in zip(points[1:], (0, 1), strict=True):
            row, col = round(py), round(px)
            if visibility == 2:
                assert mask[row, col]
                color = image[row, col].tolist()
                assert color in ([200, 0, 0], [0, 200, 0])
                flipped.add((number, color == [200, 0, 0]))
                seen += 1
            elif visibility == 1:
                assert not mask[row, col]
                covered += 1
    assert seen > 40
    assert covered
    assert flipped == {(0, True), (1, True), (0, False), (1, False)}, "left and right are swapped"
