"""Which of two pasted objects is in front."""

import numpy as np
import pytest
from small_builds import annotations_of, built, scenes_of, write_annotated

from cocosynth.coco.masks import decode
from cocosynth.pipeline.replay import replay

CROWDED = {
    "splits": {"train": 30},
    "objects_per_image": [5, 5],
    "limits": {"max_overlap": 0.9, "min_visibility": 0.2},
    "flush": False,
    "blend": "paste",
    "augment": [{"scale": {"factor_range": [0.8, 1.2]}}],
}


def views(folder):
    write_annotated(folder / "views", [(20, 10, 40, 30), (100, 70, 30, 30)], count=3)
    return [{"coco": "views/instances.json", "images": "views/images", "annotations": "keep"}]


def feet(scene):
    """Return the lowest row of each cut-out, all of which are square and upright."""
    lowest = {"disk": 0.9, "ring": 0.95, "bar": 0.58}
    return [
        part["matrix"][1][1] * 48 * lowest[part["file_name"].split("/")[0]] + part["matrix"][1][2]
        for part in scene["placements"]
    ]


def test_what_stands_lower_is_in_front(tmp_path):
    out, _ = built(tmp_path, backgrounds=views(tmp_path), order="lower_in_front", **CROWDED)
    rows = [feet(scene) for scene in scenes_of(out)]
    assert sum(map(len, rows)) > 100
    assert all(row == pytest.approx(sorted(row), abs=1.5) for row in rows)


def test_any_order_is_as_likely_as_any_other_by_default(tmp_path):
    out, _ = built(tmp_path, backgrounds=views(tmp_path), **CROWDED)
    rows = [feet(scene) for scene in scenes_of(out)]
    assert sum(row == sorted(row) for row in rows) < 6


def test_pixels_and_labels_agree_on_who_is_in_front_and_render_repeats_it(tmp_path):
    """Every object has a colour of its own: what its label covers is that colour."""
    out, _ = built(tmp_path, backgrounds=views(tmp_path), order="lower_in_front", **CROWDED)
    import cv2

    found = annotations_of(out)
    names = {category["id"]: category["name"] for category in found["categories"]}
    pasted = {
        part["annotation_id"]: scene for scene in scenes_of(out) for part in scene["placements"]
    }
    channel = {"disk": 0, "ring": 1, "bar": 2}
    hidden = 0
    for one in found["annotations"]:
        scene = pasted.get(one["id"])
        if scene is None:
            continue
        picture = cv2.imread(str(out / "train" / scene["file_name"]))[..., ::-1]
        mask = decode(one["segmentation"], picture.shape[:2])
        inside = cv2.erode(mask.astype(np.uint8), np.ones((3, 3)), borderValue=0).view(bool)
        assert (picture[inside].argmax(axis=1) == channel[names[one["category_id"]]]).all()
        part = next(p for p in scene["placements"] if p["annotation_id"] == one["id"])
        hidden += part["visibility"] < 0.95
    assert hidden > 20
    for image_id in range(1, 31, 5):
        name, content = replay(out, tmp_path, split="train", image_id=image_id)
        assert content == (out / "train" / name).read_bytes()
