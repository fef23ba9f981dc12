"""Draw what two arms find in the same tested photographs, side by side.

python -m experiments.proof.pictures work/comparison --arms real feather --seed 0 --out pictures
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as rle

from experiments.proof.runs import file_stem

SURE = 0.25  # score from which a detection is drawn
SAME = 0.5  # IoU at which a detection is of an object
RIGHT, WRONG, TRUE = (80, 200, 80), (60, 60, 230), (200, 200, 200)  # BGR
HEIGHT, GAP = 480, 8

Boxes = dict[int, list[tuple[str, float, list[float]]]]


def main(words: list[str] | None = None) -> list[Path]:
    """Draw the photographs in which the arms differ most; return the pictures."""
    made = argparse.ArgumentParser("python -m experiments.proof.pictures", description=__doc__)
    made.add_argument("folder", type=Path, help="comparison in the folder that --out named")
    made.add_argument("--arms", nargs=2, default=["real", "feather"])
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--count", type=int, default=3)
    made.add_argument("--out", type=Path, required=True)
    made.add_argument(
        "--shapes",
        action="store_true",
        help="draw the objects' masks in place of the photographs, which may not be handed on",
    )
    options = made.parse_args(words)
    file = options.folder / "annotations" / "instances_test.json"
    truth = json.loads(file.read_bytes())
    names = {category["id"]: category["name"] for category in truth["categories"]}
    objects: Boxes = defaultdict(list)
    places = {image["id"]: place for place, image in enumerate(by_id(truth))}
    for annotation in truth["annotations"]:
        if not annotation.get("iscrowd"):
            one = (names[annotation["category_id"]], 1.0, annotation["bbox"])
            objects[places[annotation["image_id"]]].append(one)
    found = [detections(options.folder, arm, options.seed) for arm in options.arms]
    right = [
        [sum(is_right(one, objects[place]) for one in arm[place]) for place in places.values()]
        for arm in found
    ]
    unlike = np.abs(np.subtract(*right))
    options.out.mkdir(parents=True, exist_ok=True)
    drawn = []
    for place in np.argsort(-unlike, kind="stable")[: options.count]:
        record = by_id(truth)[place]
        pixels = (
            shapes(truth, record)
            if options.shapes
            else cv2.imread(str(options.folder / "test" / record["file_name"]))
        )
        if pixels is None:
            raise SystemExit(f"{record['file_name']}: cannot be read")
        panels = [
            panel(pixels, name, arm[place], objects[place])
            for name, arm in zip(options.arms, found, strict=True)
        ]
        drawn.append(options.out / f"{len(drawn) + 1}.png")
        cv2.imwrite(str(drawn[-1]), np.hstack(panels))
    return drawn


def by_id(truth: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(truth["images"], key=lambda image: int(image["id"]))


def shapes(truth: dict[str, Any], record: dict[str, Any]) -> NDArray[Any]:
    """Return a picture of the masks of the objects of an image, larger ones behind smaller ones."""
    size = record["height"], record["width"]
    drawn = np.full((*size, 3), 245, np.uint8)
    of_image = [one for one in truth["annotations"] if one["image_id"] == record["id"]]
    for annotation in sorted(of_image, key=lambda one: -one["area"]):
        mask = mask_of(annotation["segmentation"], *size)
        tone = 205 if annotation.get("iscrowd") else 150
        drawn[mask] = tone - 40 * (annotation["category_id"] % 3) // 2
        rim = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3))).astype(bool)
        drawn[rim] = 255
    return drawn


def mask_of(segmentation: Any, height: int, width: int) -> NDArray[np.bool_]:
    """Return the mask of polygons or of an RLE."""
    if isinstance(segmentation, list):
        segmentation = rle.merge(rle.frPyObjects(segmentation, height, width))
    elif isinstance(segmentation["counts"], list):
        segmentation = rle.frPyObjects(segmentation, height, width)
    return rle.decode(segmentation).astype(bool)


def detections(folder: Path, arm: str, seed: int) -> Boxes:
    """Return the sure detections of one run, by the place of the image.

    Raises
    ------
    SystemExit
        If there is no such run, or more than one.
    """
    files = sorted((folder / "detections").glob(f"{file_stem(arm, seed)}-*.json"))
    if len(files) != 1:
        raise SystemExit(f"{folder}: {len(files)} runs of {arm!r} with seed {seed}, not one")
    found: Boxes = defaultdict(list)
    for place, name, score, box in json.loads(files[0].read_bytes()):
        if score >= SURE:
            found[place].append((name, score, box))
    return found


def is_right(one: tuple[str, float, list[float]], objects: list[Any]) -> bool:
    """Say whether a detection is of an object of its category."""
    name, _, box = one
    return any(name == other and iou(box, place) >= SAME for other, _, place in objects)


def iou(first: list[float], second: list[float]) -> float:
    """Return the intersection of two boxes [x, y, width, height] over their union.

    Examples
    --------
    >>> iou([0, 0, 2, 1], [1, 0, 2, 1])
    0.3333333333333333
    """
    sides = [
        min(first[axis] + first[axis + 2], second[axis] + second[axis + 2])
        - max(first[axis], second[axis])
        for axis in (0, 1)
    ]
    common = max(0, sides[0]) * max(0, sides[1])
    return common / (first[2] * first[3] + second[2] * second[3] - common or 1)


def panel(pixels: NDArray[Any], title: str, found: list[Any], objects: list[Any]) -> NDArray[Any]:
    """Return a photograph with its objects in grey, detections in green or red, under a title."""
    scale = HEIGHT / pixels.shape[0]
    drawn = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for _, _, box in objects:
        outline(drawn, box, scale, TRUE, "")
    for one in found:
        color = RIGHT if is_right(one, objects) else WRONG
        outline(drawn, one[2], scale, color, f"{one[0]} {one[1]:.2f}")
    head = np.full((28, drawn.shape[1], 3), 255, np.uint8)
    cv2.putText(head, title, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 1, cv2.LINE_AA)
    return np.pad(np.vstack([head, drawn]), ((0, 0), (0, GAP), (0, 0)), constant_values=255)


def outline(
    drawn: NDArray[Any], box: list[float], scale: float, color: tuple[int, int, int], text: str
) -> None:
    left, top, right, bottom = (
        round(scale * side) for side in (box[0], box[1], box[0] + box[2], box[1] + box[3])
    )
    cv2.rectangle(drawn, (left, top), (right, bottom), color, 2)
    if text:
        (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
        at = (max(left, 0) + 2, max(top, 0) + height + 2)
        cv2.rectangle(drawn, at, (at[0] + width, at[1] - height), color, -1)
        cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)


if __name__ == "__main__":
    main()
