"""Photographs of 12 megapixels, as phones make them: as backgrounds, as sources, and validated."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.build import build_apart, composed
from benchmarks.clock import Cost, Line, interleaved, line, now, ratio, spread, whole
from benchmarks.inputs import CANVAS, Inputs
from cocosynth.check.validate import validate
from cocosynth.coco.rle import encode

SIZE = (4000, 3000)
OBJECTS_A_PHOTO = 10
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 95]

FULL, SCALED = "all decoded, then shrunk", "decoded at a quarter, then shrunk"
BUILD = "build"
DECODE, CUT = "each decoded once", "build from them"


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return a row for each thing that such photographs are used as."""
    few, many = inputs.sizes.photos_few, inputs.sizes.photos_many
    files = inputs.frames(many, size=SIZE, name="phone")
    tasks: dict[str, Callable[[int], Cost]] = {
        FULL: lambda count: _copied(files[:count], cv2.IMREAD_COLOR),
        SCALED: lambda count: _copied(files[:count], cv2.IMREAD_REDUCED_COLOR_4),
        BUILD: partial(_built, inputs, files),
        DECODE: lambda count: _decoded(files[:count]),
        CUT: partial(_cut, inputs, files),
    }
    runs: dict[str, Callable[[], Line]] = {
        name: partial(line, tasks[name], few, many) for name in (BUILD, CUT)
    }
    runs |= {name: partial(whole, tasks[name], many) for name in (FULL, SCALED, DECODE)}
    seen = interleaved(runs, rounds=inputs.sizes.photo_rounds)
    path = _annotated(inputs.work, inputs.sizes.validated)
    checks = interleaved({"": partial(_checked, path)}, rounds=inputs.sizes.photo_rounds)[""]
    return {
        "photographs": many,
        "backgrounds": [_row(name, seen, FULL, SCALED) for name in (FULL, SCALED, BUILD)],
        "sources": [_row(name, seen, DECODE, DECODE) for name in (DECODE, CUT)],
        "objects_a_photo": OBJECTS_A_PHOTO,
        "validated": inputs.sizes.validated,
        "validate_ms": spread(1e3 * check.cpu / inputs.sizes.validated for check in checks),
    }


def _row(name: str, seen: dict[str, list[Line]], first: str, least: str) -> dict[str, Any]:
    own, plain, floor = ([run.image.cpu for run in seen[key]] for key in (name, first, least))
    return {
        "way": name,
        "cpu_ms": spread(1e3 * cpu for cpu in own),
        "to_plain": ratio(own, plain),
        "to_least": ratio(own, floor),
    }


def _copied(files: Sequence[Path], flags: int) -> Cost:
    """Decode each, shrink it to the canvas, and encode it."""
    start = now()
    for file in files:
        pixels = cv2.imdecode(np.fromfile(file, np.uint8), flags)
        cv2.imencode(".jpg", cv2.resize(pixels, CANVAS, interpolation=cv2.INTER_AREA), _QUALITY)
    return now() - start


def _built(inputs: Inputs, files: list[Path], count: int) -> Cost:
    """Paste few objects again and again: the first images have cut all of them out."""
    config = inputs.config(count, files, foregrounds=[inputs.blobs(1)])
    return composed(config, inputs.fresh())


def _decoded(files: Sequence[Path]) -> Cost:
    start = now()
    for file in files:
        cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
    return now() - start


def _cut(inputs: Inputs, files: Sequence[Path], count: int) -> Cost:
    """Build few images out of so many photographs: what more of them cost is cutting out."""
    annotations = [
        {"id": number + 1, "image_id": number // OBJECTS_A_PHOTO + 1, "category_id": 1,
         "iscrowd": 0, "segmentation": [_square(number % OBJECTS_A_PHOTO)]}
        for number in range(count * OBJECTS_A_PHOTO)
    ]  # fmt: skip
    path = inputs.work / f"phones-{count}.json"
    path.write_text(_dataset([file.name for file in files[:count]], annotations))
    source = {"coco": str(path), "images": str(files[0].parent)}
    frames = inputs.frames(count)
    changes = {"foregrounds": [source], "objects_per_image": [OBJECTS_A_PHOTO] * 2}
    return build_apart(inputs.config(count, frames, **changes), inputs.fresh()).cost


def _square(place: int) -> list[int]:
    """Return a polygon of about 60 pixels a side; those of a photograph lie apart."""
    x, y = 300 + 350 * place, 300 + 250 * place
    return [x, y, x + 60, y + 5, x + 55, y + 60, x + 3, y + 58]


def _dataset(names: Sequence[str], annotations: list[dict[str, Any]]) -> str:
    width, height = SIZE
    images = [
        {"id": number, "file_name": name, "width": width, "height": height}
        for number, name in enumerate(names, start=1)
    ]
    categories = [{"id": 1, "name": "thing"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def _annotated(folder: Path, count: int) -> Path:
    """Write a file of one photograph of 12 megapixels with small objects, their masks as RLE."""
    rng, (width, height) = np.random.default_rng(0), SIZE
    rows, cols = np.indices((40, 40)) - 20
    mask = np.hypot(rows, cols) < 19
    left, top, area = 1, 1, int(mask.sum())
    annotations = []
    for number in range(1, count + 1):
        y, x = (int(rng.integers(0, length - 40)) for length in (height, width))
        counts = encode(mask, origin=(y, x), size=(height, width))
        annotations.append(
            {"id": number, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": area,
             "bbox": [x + left + 1, y + top + 1, 37, 37],
             "segmentation": {"size": [height, width], "counts": counts}}
        )  # fmt: skip
    path = folder / "validated.json"
    path.write_text(_dataset(["a.jpg"], annotations))
    return path


def _checked(path: Path) -> Cost:
    start = time.process_time()
    report = validate(path)
    if report.errors:
        raise RuntimeError(f"the benchmark's own file is not valid: {report.problems[:3]}")
    return Cost(time.process_time() - start, 0)
