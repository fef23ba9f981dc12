"""ultralytics: its own labels, made from the annotation files by its own converter."""

from __future__ import annotations

from string import Template

from cocosynth.snippets.built import BuiltDataset
from cocosynth.snippets.literals import literal, literals

_TEMPLATE = Template('''\
# ultralytics (8.4 or newer) and faster-coco-eval: save it as train.py, then
#     python train.py
# YOLO knows one outline for each object, and no crowds: parts of an object are joined by a line,
# crowds are left out. $loss
import json
import os
import shutil
import tempfile
from pathlib import Path

import yaml
from ultralytics import YOLO
from ultralytics.data.converter import convert_coco

ROOT = Path($root)
YOLO_ROOT = Path($yolo_root)  # labels, and links to the images
SPLITS = {$splits}  # what YOLO calls them, and what they are called in ROOT
CLASSES = (  # in the order of the files
$classes
)
CATEGORY_IDS = $ids  # of CLASSES


def convert():
    """Write YOLO_ROOT, and return the path of the file that describes it."""
    if YOLO_ROOT.exists():
        raise SystemExit(f"{YOLO_ROOT} exists already: remove it to convert again")
    with tempfile.TemporaryDirectory() as renumbered:  # YOLO's class is the category id minus one
        for split in set(SPLITS.values()):
            name = f"instances_{split}.json"
            dataset = json.loads((ROOT / "annotations" / name).read_text())
            for annotation in dataset["annotations"]:
                annotation["category_id"] = CATEGORY_IDS.index(annotation["category_id"]) + 1
            (Path(renumbered) / name).write_text(json.dumps(dataset))
        convert_coco(renumbered, str(YOLO_ROOT), use_segments=True, cls91to80=False)
    for split in set(SPLITS.values()):
        link_images(ROOT / split, YOLO_ROOT / "images" / split)
    paths = {use: f"images/{split}" for use, split in SPLITS.items()}
    described = {"path": str(YOLO_ROOT), **paths, "names": dict(enumerate(CLASSES))}
    file = YOLO_ROOT / "data.yaml"
    file.write_text(yaml.safe_dump(described, sort_keys=False))
    return file


def link_images(source, target):
    """Make hard links, or copies where there can be none."""
    for image in sorted(path for path in source.rglob("*") if path.is_file()):
        link = target / image.relative_to(source)
        link.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(image, link)
        except OSError:
            shutil.copyfile(image, link)


if __name__ == "__main__":
    model = YOLO("yolo11n-seg.pt")  # fetched by ultralytics; yolo11n-seg.yaml is from scratch
    model.train(data=str(convert()), epochs=100, imgsz=640)
''')

_LOSS = {
    "rle": "From RLE, holes are filled.",
    "polygon": "From polygons, masks grow by up to a\n# pixel at the right and at the bottom.",
}


def snippet(dataset: BuiltDataset) -> str:
    uses = {
        "train": dataset.train,
        "val": dataset.val or dataset.train,  # ultralytics wants one
        **({"test": dataset.test} if dataset.test else {}),
    }
    return _TEMPLATE.substitute(
        root=literal(dataset.root),
        yolo_root=literal(f"{dataset.root}-yolo"),
        splits=", ".join(f'"{use}": "{split}"' for use, split in uses.items()),
        classes=literals(dataset.classes),
        ids=dataset.category_ids,
        loss=_LOSS[dataset.encoding],
    )
