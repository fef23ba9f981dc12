"""The datasets that clients are tried on: an ordinary one, and one of all that is unusual."""

import contextlib
import io
import itertools
import json
import os
import sys
from pathlib import Path

import cv2
import numpy as np
from pycocotools import mask as rle
from pycocotools.coco import COCO

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from small_builds import shape_mask, write_backgrounds, write_cutouts  # noqa: E402

from cocosynth.core.resources import resource  # noqa: E402
from cocosynth.pipeline.build import build  # noqa: E402

ENCODINGS = ("rle", "polygon")
CATEGORIES = {7: 'it\'s a "blob"', 3: "日本語 {{ fileBasename }}", 90: "back\\slash $HOME: #1"}
POSED, KEYPOINTS = 7, ["left_end", "right_end", "middle"]
SIZE = (120, 160)


def build_datasets(folder):
    """Build all datasets as `<folder>/<kind>-<encoding>`; return what the unusual ones hold."""
    ordinary = real(os.environ["COCOSYNTH_REAL_COCO"]) if has_real_coco() else sample()
    kind = "real" if has_real_coco() else "sample"
    for encoding in ENCODINGS:
        export = {"segmentation": encoding, "formats": formats(encoding)}
        build_one(folder, f"{kind}-{encoding}", **ordinary, export=export)
    source = folder / "sources"
    write_unusual(source)
    for encoding, ids in itertools.product(ENCODINGS, ("keep", "contiguous")):
        poses = ("coco_keypoints", "yolo_pose")
        export = {"segmentation": encoding, "formats": formats(encoding, *poses)}
        export |= {"category_ids": ids, "image_format": "png"}
        out = build_one(folder, f"odd-{ids}-{encoding}", **unusual(source), export=export)
    return describe(out)


def formats(encoding, *more):
    """Give half of the datasets all formats; labels of YOLO are made of the others."""
    if encoding != "rle":
        return ["coco"]
    shards = {"webdataset": {"shard_size": 10}}
    return ["coco", "panoptic", "semantic", "voc", shards, "yolo", "yolo_detect", *more]


def has_real_coco():
    return bool(os.environ.get("COCOSYNTH_REAL_COCO"))


def build_one(folder, name, **config):
    path = folder / f"{name}.json"
    path.write_text(json.dumps(config))
    build(path, folder / name)
    return folder / name


def sample():
    data = resource("sample_data")
    photos = data / "photos"
    return {
        "seed": 7,
        "splits": {"train": 24, "val": 8},
        "canvas": {"width": 320, "height": 240},
        "foregrounds": [
            {"coco": str(photos / "annotations/instances.json"), "images": str(photos / "images")},
            {"folder": str(data / "cutouts")},
        ],
        "backgrounds": [{"folder": str(data / "backgrounds")}],
        "augment": [{"flip": {}}, {"rotate": {}}, {"scale": {"canvas_range": [0.2, 0.7]}}],
    }


def real(root):
    def source(split):
        return {
            "coco": f"{root}/annotations/instances_{split}.json",
            "images": f"{root}/{split}",
        }

    return {
        "seed": 7,
        "splits": {"train": 24, "val": 8},
        "canvas": {"width": 320, "height": 240},
        "foregrounds": [source("train2017") | {"area_range": [1024, None]}],
        "backgrounds": [source("val2017") | {"annotations": "keep"}],
        "augment": [{"flip": {}}, {"scale": {"factor_range": [0.4, 0.8]}}],
        "licenses": {"no_derivatives": "allow"},
    }


def unusual(source):
    return {
        "seed": 1,
        "splits": {"train": 16, "val": 8},
        "canvas": {"width": SIZE[1], "height": SIZE[0]},
        "foregrounds": [{"folder": str(source / "cutouts")}],
        "backgrounds": [
            {
                "coco": str(source / "instances.json"),
                "images": str(source / "images"),
                "annotations": "keep",
            },
            {"folder": str(source / "plain")},
        ],
        "objects_per_image": [0, 2],
        "augment": [{"rotate": {}}, {"scale": {"factor_range": [0.4, 1.0]}}],
        "limits": {"min_area": 1},
    }


def write_unusual(source):
    """Write backgrounds with a crowd, a hole and a single pixel each, and rings to paste."""
    write_cutouts(source / "cutouts", names=("ring", "bar"), copies=4)
    write_backgrounds(source / "images", count=6, size=SIZE)
    write_backgrounds(source / "plain", count=6, size=SIZE)
    for number, path in enumerate(sorted((source / "plain").iterdir())):
        cv2.imwrite(str(path), np.full((*SIZE, 3), 40 + number, np.uint8))  # no photograph twice
    ring, disk = shape_mask("ring"), shape_mask("disk")
    crowd = ((5, 5), disk | np.roll(disk, 3)), 3, 1
    hole = ((60, 100), ring), 7, 0
    pixel = ((2, 2), np.ones((1, 1), bool)), 90, 0
    annotations = []
    for image_id, (((row, col), mask), category, iscrowd) in itertools.product(
        range(1, 7), (crowd, hole, pixel)
    ):
        full = np.zeros(SIZE, np.uint8, order="F")
        full[row : row + mask.shape[0], col : col + mask.shape[1]] = mask
        encoded = rle.encode(full)
        points = [100, 65, 2, 140, 90, 1, 0, 0, 0] if category == POSED else None
        annotations.append(
            {
                **({"keypoints": points, "num_keypoints": 2} if points else {}),
                "id": len(annotations) + 1,
                "image_id": image_id,
                "category_id": category,
                "iscrowd": iscrowd,
                "area": int(full.sum()),
                "bbox": rle.toBbox(encoded).tolist(),
                "segmentation": {"size": [*SIZE], "counts": encoded["counts"].decode()},
            }
        )
    dataset = {
        "images": [
            {"id": i + 1, "file_name": f"{i}.png", "width": SIZE[1], "height": SIZE[0]}
            for i in range(6)
        ],
        "annotations": annotations,
        "categories": [
            {"id": id_, "name": name, **({"keypoints": KEYPOINTS} if id_ == POSED else {})}
            for id_, name in CATEGORIES.items()
        ],
    }
    (source / "instances.json").write_text(json.dumps(dataset))


def describe(out):
    """Count what is unusual in a dataset; each kind must be there, or nothing would be tried."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(out / "annotations/instances_train.json"))
    masks = [(annotation, coco.annToMask(annotation)) for annotation in coco.anns.values()]
    counts = {
        "empty images": sum(not coco.getAnnIds(imgIds=[image]) for image in coco.imgs),
        "crowds": sum(annotation["iscrowd"] for annotation, _ in masks),
        "masks of one pixel": sum(int(mask.sum()) == 1 for _, mask in masks),
        "masks with holes": sum(has_hole(mask) for _, mask in masks),
    }
    assert all(counts.values()), counts
    return counts


def has_hole(mask):
    """Say whether some background does not reach the border."""
    count, labels = cv2.connectedComponents(1 - np.pad(mask, 1), connectivity=4)
    return count > 2
