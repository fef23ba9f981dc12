"""What each format of the table says is in a dataset: masks by class, for every image."""

import cv2
import numpy as np
from PIL import Image
from pycocotools.coco import COCO
from ruamel.yaml import YAML
from small_builds import annotations_of


def coco_labels(out, split):
    coco = COCO(str(out / f"annotations/instances_{split}.json"))
    return {
        record["file_name"]: [
            (coco.cats[a["category_id"]]["name"], bool(a["iscrowd"]), coco.annToMask(a))
            for a in coco.imgToAnns[record["id"]]
        ]
        for record in coco.imgs.values()
    }


def yolo_labels(out, split):
    """Read as ultralytics does: labels beside the images, outlines drawn with their border."""
    data = YAML(typ="safe", pure=True).load((out / "data.yaml").read_text())
    labels = {}
    for path in sorted((out / split).glob("*.txt")):
        image = path.with_suffix("." + image_format(out, split))
        with Image.open(image) as opened:
            size = opened.size
        labels[image.name] = [
            drawn(line, size, data["names"]) for line in path.read_text().splitlines()
        ]
    return labels


def image_format(out, split):
    return annotations_of(out, split)["images"][0]["file_name"].rpartition(".")[2]


def drawn(line, size, names):
    number, *places = line.split()
    points = (np.array(places, float).reshape(-1, 2) * size).astype(np.int32)
    mask = cv2.fillPoly(np.zeros(size[::-1], np.uint8), [points], 1)
    return names[int(number)], False, mask


READERS = {"coco": coco_labels, "yolo": yolo_labels}
HOLDS_CROWDS = {"coco": True, "yolo": False}
EXACT = {
    "coco": lambda mask: True,
    "yolo": lambda mask: cv2.connectedComponents(mask)[0] == 2,  # one part, joined to none
}
