"""A tiny setup of a build in a folder: real files, real pixels, everything small."""

import atexit
import json
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np

from cocosynth.config.file import load_config
from cocosynth.core.executors import Serial
from cocosynth.foregrounds.cutter import Batches, Cutter, bank_of
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.pipeline.build import build
from cocosynth.pipeline.set_up import set_up
from cocosynth.pipeline.techniques import prepares_of
from cocosynth.sources.survey import survey

COLORS = {"disk": (220, 40, 40), "ring": (40, 200, 40), "bar": (40, 60, 230)}


def shape_mask(name, size=48):
    rows, cols = np.indices((size, size)) - (size - 1) / 2
    distance = np.hypot(rows, cols)
    return {
        "disk": distance <= size * 0.4,
        "ring": (distance <= size * 0.45) & (distance >= size * 0.25),
        "bar": (abs(rows) <= size * 0.08) & (abs(cols) <= size * 0.45),
    }[name]


def write_cutouts(folder, names=tuple(COLORS), copies=3):
    for name in names:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for copy in range(copies):
            mask = shape_mask(name)
            rgba = np.zeros((*mask.shape, 4), np.uint8)
            rgba[..., :3] = np.array(COLORS[name])[::-1]  # OpenCV's order
            rgba[..., 0] += np.uint8(copy)  # every file another photograph
            rgba[..., 3] = np.where(mask, 255, 0)
            cv2.imwrite(str(folder / name / f"{copy}.png"), rgba)


def write_backgrounds(folder, count=4, size=(120, 160)):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng(number)
        pixels = rng.integers(90, 120, (*size, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{number}.png"), pixels)


def write_annotated(folder, rectangles, size=(120, 160), category="disk", count=1, **extra):
    """Write a COCO dataset of backgrounds, each holding the same rectangles [x, y, w, h]."""
    write_backgrounds(folder / "images", count, size)
    annotations = []
    for image_id in range(1, count + 1):
        for x, y, w, h in rectangles:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": 7,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": 0,
                    "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                    **extra,
                }
            )
    dataset = {
        "images": [
            {"id": i + 1, "file_name": f"{i}.png", "width": size[1], "height": size[0]}
            for i in range(count)
        ],
        "annotations": annotations,
        "categories": [{"id": 7, "name": category, "supercategory": "shape"}],
    }
    (folder / "instances.json").write_text(json.dumps(dataset))


def write_config(folder, **changes):
    """Write a configuration that builds small images of shapes; a value of None takes a key out."""
    content = {
        "seed": 3,
        "splits": {"train": 6, "val": 2},
        "canvas": {"width": 160, "height": 120},
        "foregrounds": [{"folder": "cutouts"}],
        "backgrounds": [{"folder": "backgrounds"}],
        "objects_per_image": [1, 4],
        "augment": [{"flip": {}}, {"rotate": {}}, {"scale": {"factor_range": [0.5, 1.2]}}],
        "export": {"image_format": "png"},
    } | changes
    path = folder / "cocosynth.yaml"
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))
    return path


def built(folder, out="out", **changes):
    """Build into `folder / out`, making cut-outs and backgrounds where there are none."""
    if not (folder / "cutouts").exists():
        write_cutouts(folder / "cutouts")
    if not (folder / "backgrounds").exists():
        write_backgrounds(folder / "backgrounds")
    executor = changes.pop("executor", None)
    config = load_config(write_config(folder, **changes))
    summary = build(config, folder / out, folder=folder, executor=executor)
    return folder / out, summary


_READY = {}


def ready(folder, out="out", **changes):
    """Return what `built` does, as a copy of what was built once: for a test that begins with it.

    A build takes a fifth of a second, a copy a hundredth.
    """
    key = json.dumps(changes, sort_keys=True)
    if key not in _READY:
        made = Path(tempfile.mkdtemp(prefix="cocosynth-ready-"))
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        (made / "sources").mkdir()
        dataset, summary = built(made / "sources", **changes)
        _READY[key] = made / "sources", dataset.rename(made / "dataset"), summary
    sources, dataset, summary = _READY[key]
    shutil.copytree(sources, folder, dirs_exist_ok=True)
    return shutil.copytree(dataset, folder / out, dirs_exist_ok=True), summary


def annotations_of(out, split="train", kind="instances"):
    return json.loads((out / "annotations" / f"{kind}_{split}.json").read_bytes())


def scenes_of(out, split="train"):
    lines = (out / "scenes" / f"{split}.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def setup_of(folder, work, **changes):
    """Survey and cut out as a build does; the bank goes into the folder `work`."""
    config = load_config(write_config(folder, **changes))
    catalogue = survey(config, folder)
    work.mkdir(exist_ok=True)
    cutter = Cutter.of(catalogue, prepares_of(config), work)
    bank = bank_of(catalogue, Serial()(cutter, Batches(catalogue)), work)
    backgrounds = store_backgrounds(work / "backgrounds", catalogue.backgrounds)
    return set_up(config, catalogue, bank, backgrounds, folder)
