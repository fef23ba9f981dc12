"""Photographs much larger than the canvas: decoded smaller, labels where the pixels are."""

import json

import cv2
import numpy as np
import pytest
from pycocotools import mask as oracle
from small_builds import write_cutouts

from cocosynth.coco.layout import Layout
from cocosynth.config.file import load_config
from cocosynth.core.executors import Serial
from cocosynth.pipeline.build import build
from cocosynth.pipeline.replay import replay

SIZE = (1203, 1605)  # no multiple of 2, 4 or 8
BRIGHT = [(301, 203, 811, 717)]  # x, y, width, height


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A build on large photographs that show bright rectangles, each annotated."""
    folder = tmp_path_factory.mktemp("large")
    write_cutouts(folder / "cut", copies=1)
    (folder / "photos").mkdir()
    records, annotations = [], []
    for number in range(1, 4):
        pixels = np.full((*SIZE, 3), 40, np.uint8)
        for x, y, width, height in BRIGHT:
            pixels[y : y + height, x : x + width] = 220
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [x, y, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                    "segmentation": [
                        [x, y, x + width, y, x + width, y + height, x, y + height],
                    ],
                }
            )
        pixels[0, 0] = number  # another photograph
        cv2.imwrite(str(folder / f"photos/{number}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 98])
        record = {"id": number, "file_name": f"{number}.jpg", "height": SIZE[0], "width": SIZE[1]}
        records.append(record)
    content = {
        "images": records,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "bright", "supercategory": "shape"}],
    }
    (folder / "photos.json").write_text(json.dumps(content))
    config = folder / "cocosynth.yaml"
    config.write_text(
        "splits: {train: 6}\n"
        "canvas: {width: 160, height: 120}\n"
        "foregrounds: [{folder: cut}]\n"
        "backgrounds: [{coco: photos.json, images: photos, annotations: keep}]\n"
        "augment_background: [{flip: {p: 0.5}}, {zoom: {zoom_range: [1.0, 2.5]}}]\n"
        "objects_per_image: [1, 1]\n"
        "limits: {min_visibility: 0.05}\n"
    )
    build(load_config(config), folder / "out", folder=folder, executor=Serial())
    return folder


def test_masks_lie_on_what_they_show_to_less_than_half_a_pixel(built):
    content = json.loads((built / "out/annotations/instances_train.json").read_text())
    scenes = [
        json.loads(line) for line in Layout(built / "out").scenes("train").read_text().splitlines()
    ]
    images = {record["id"]: record["file_name"] for record in content["images"]}
    assert {scene["background"].get("reduction") for scene in scenes} - {None, 4, 8} == set()
    assert any(scene["background"].get("reduction") for scene in scenes)
    looked_at = 0
    for scene in scenes:
        pixels = cv2.imread(
            str(Layout(built / "out").images("train") / images[scene["image_id"]]), 0
        )
        masks = [
            oracle.decode(a["segmentation"])
            for a in content["annotations"]
            if a["image_id"] == scene["image_id"]
        ]
        pasted = masks[len(scene["background_annotations"]) :]
        far = cv2.dilate(np.sum(pasted, 0).astype(np.uint8), np.ones((33, 33))) == 0
        bright = np.clip((pixels.astype(float) - 40) / 180, 0, 1)
        kept = np.sum(masks[: len(scene["background_annotations"])], 0).astype(int)
        for axis in (0, 1):
            lines = np.diff(kept, axis=axis).any(axis) & far.all(axis)
            lines &= np.convolve(lines, np.ones(5), "same") == 5  # no end of the rectangle in it
            edges = np.abs(np.diff(kept, axis=axis)).sum(axis)[lines]
            differs = np.abs((bright - kept).sum(axis)[lines])
            assert (differs < 0.5 * edges).all()
            looked_at += len(edges)
    assert looked_at > 100


def test_an_image_can_be_made_again(built):
    for image_id in range(1, 7):
        name, content = replay(built / "out", built, split="train", image_id=image_id)
        assert (Layout(built / "out").images("train") / name).read_bytes() == content


def test_a_crop_that_cuts_through_pixels_is_refused(built):
    path = built / "out/scenes/train.jsonl"
    before = path.read_text()
    line = json.loads(before.splitlines()[0])
    line["background"].update(reduction=8, crop=[0, 0, 1203, 1605])
    path.write_text(json.dumps(line) + "\n")
    try:
        with pytest.raises(Exception, match="between pixels of the background"):
            replay(built / "out", built, split="train", image_id=1)
    finally:
        path.write_text(before)
