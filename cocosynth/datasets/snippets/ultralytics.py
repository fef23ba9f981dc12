"""ultralytics: the labels of a dataset that has them, or labels made from the annotation files."""

from __future__ import annotations

import inspect
from pathlib import PurePosixPath
from string import Template

from cocosynth.coco.outlines import outline
from cocosynth.datasets.snippets.built import BuiltDataset
from cocosynth.datasets.snippets.literals import literal, literals, places
from cocosynth.export.yolo_files import DATA, IMAGES

_EXPORTED = Template("""\
# ultralytics: save it as train.py, then
#     python train.py
# The dataset has labels for it: one outline for each object, and no crowds.
${note}from ultralytics import YOLO

DATA = $data
CLASSES = (  # in the order of the files
$classes
)

if __name__ == "__main__":
    model = YOLO("yolo11n-seg.pt")  # fetched by ultralytics; yolo11n-seg.yaml is from scratch
    model.train(data=DATA, epochs=100, imgsz=640)
""")

_CONVERTED = Template('''\
# ultralytics and pycocotools: save it as train.py, then
#     python train.py
# YOLO knows one outline for each object, and no crowds: parts of an object are joined by a line,
# so are holes and the border around them, and crowds are skipped.
${note}import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import yaml
from pycocotools.coco import COCO
from ultralytics import YOLO

ROOT = Path($root)
YOLO_ROOT = Path($yolo_root)  # labels, and links to the images
SPLITS = {$splits}  # what YOLO calls them, and what they are called in FILES
FILES = {  # the annotation file and the image folder of each split, from ROOT
$places
}
CLASSES = (  # in the order of the files
$classes
)
CATEGORY_IDS = $ids  # of CLASSES


def convert():
    """Write YOLO_ROOT, and return the path of the file that describes it."""
    if YOLO_ROOT.exists():
        raise SystemExit(f"{YOLO_ROOT} exists already: remove it to convert again")
    for split in set(SPLITS.values()):
        annotations, images = (ROOT / path for path in FILES[split])
        coco = COCO(str(annotations))
        for record in coco.imgs.values():
            found = coco.imgToAnns[record["id"]]
            found = [a for a in found if not a.get("iscrowd") and a["category_id"] in CATEGORY_IDS]
            lines = [label(a, coco.annToMask(a)) for a in found]
            file = (YOLO_ROOT / "labels" / split / record["file_name"]).with_suffix(".txt")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("".join(lines))
            link(images / record["file_name"], YOLO_ROOT / "images" / split / record["file_name"])
    paths = {use: f"images/{split}" for use, split in SPLITS.items()}
    described = {"path": str(YOLO_ROOT), **paths, "names": dict(enumerate(CLASSES))}
    file = YOLO_ROOT / "data.yaml"
    file.write_text(yaml.safe_dump(described, sort_keys=False))
    return file


def label(annotation, mask):
    number = CATEGORY_IDS.index(annotation["category_id"])
    points = outline(mask) / mask.shape[::-1]
    return " ".join([str(number), *(f"{value:.6f}" for value in points.ravel())]) + "\\n"


$outline

def link(source, target):
    """Make a hard link, or a copy where there can be none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    data = convert()
    model = YOLO("yolo11n-seg.pt")  # fetched by ultralytics; yolo11n-seg.yaml is from scratch
    model.train(data=str(data), epochs=100, imgsz=640)
''')

_NO_VALIDATION = """\
# There is no split to validate on, and ultralytics wants one: val is what is trained on, so the
# figures say nothing about other images. Name another dataset: snippet ... --held-out FILE.
"""


def snippet(dataset: BuiltDataset) -> str:
    note = "" if dataset.val else _NO_VALIDATION
    readable = DATA in dataset.products and IMAGES not in PurePosixPath(dataset.root).parts
    if readable and not dataset.held_out:
        data = literal(f"{dataset.root}/{DATA}")
        return _EXPORTED.substitute(data=data, classes=literals(dataset.classes), note=note)
    uses = {
        "train": dataset.train,
        "val": dataset.val or dataset.train,  # ultralytics wants one
        **({"test": dataset.test} if dataset.test else {}),
    }
    return _CONVERTED.substitute(
        root=literal(dataset.root),
        places=places(dataset),
        note=note,
        outline=inspect.getsource(outline),
        yolo_root=literal(dataset.yolo_root),
        splits=", ".join(f"{literal(use)}: {literal(split)}" for use, split in uses.items()),
        classes=literals(dataset.classes),
        ids=dataset.category_ids,
    )
