"""A COCO file the size of train2017, without its pictures: equal numbers give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask

IMAGES, ANNOTATIONS, CATEGORIES = 118_287, 860_001, 80
HEIGHT, WIDTH = 480, 640
CROWD_EVERY = 86  # about as rare as in train2017
OUTLINES = 10_000

_ANGLES = np.linspace(0, 2 * np.pi, 42, endpoint=False)


def write(path: Path, annotations: int) -> None:
    """Write a file without a fault, with images and categories in COCO's proportions."""
    images = images_of(annotations)
    with path.open("w", encoding="ascii") as stream:
        stream.write('{"info": {"description": "synthetic"}, "licenses": [{"id": 1}]')
        for name, records in (
            ("categories", map(json.dumps, _categories())),
            ("images", map(json.dumps, _images(images))),
            ("annotations", _annotations(annotations, images)),
        ):
            stream.write(f', "{name}": [')
            for i, record in enumerate(records):
                stream.write(", " * (i > 0) + record)
            stream.write("]")
        stream.write("}")


def images_of(annotations: int) -> int:
    """Return how many images a file of so many annotations has."""
    return max(1, annotations * IMAGES // ANNOTATIONS)


def star(rng: np.random.Generator, *, radius_range: tuple[float, float]) -> np.ndarray:
    """Draw a ragged outline of 11 to 42 points (x, y) that lies inside the image."""
    angles = _ANGLES[:: int(rng.integers(1, 5))]
    centre = rng.uniform((100, 100), (WIDTH - 100, HEIGHT - 100))
    reach = rng.uniform(*radius_range) * rng.uniform(0.7, 1, len(angles))
    return (centre + np.stack((np.cos(angles), np.sin(angles)), axis=1) * reach[:, None]).round(2)


def _categories() -> Iterator[dict[str, Any]]:
    for i in range(1, CATEGORIES + 1):
        yield {"id": i, "name": f"category {i}", "supercategory": "thing"}


def _images(count: int) -> Iterator[dict[str, Any]]:
    for i in range(1, count + 1):
        name = f"{i:012d}.jpg"
        yield {
            "id": i, "file_name": name, "width": WIDTH, "height": HEIGHT, "license": 1,
            "coco_url": f"http://images.example.org/train2017/{name}",
            "date_captured": "2013-11-14 17:02:52",
            "flickr_url": f"http://farm.example.org/1234/{i}_z.jpg",
        }  # fmt: skip


def _annotations(count: int, images: int) -> Iterator[str]:
    """Yield annotations as JSON; the same outlines come again and again, as drawing takes long."""
    rng = np.random.default_rng(0)
    shapes = [json.dumps(_shape(rng, crowd=False)) for _ in range(min(count, OUTLINES))]
    crowds = [json.dumps(_shape(rng, crowd=True)) for _ in range(100)]
    for i in range(1, count + 1):
        kind = crowds if i % CROWD_EVERY == 0 else shapes
        ids = f'"image_id": {i % images + 1}, "category_id": {i % CATEGORIES + 1}, "id": {i}'
        yield f"{kind[i % len(kind)][:-1]}, {ids}}}"


def _shape(rng: np.random.Generator, *, crowd: bool) -> dict[str, Any]:
    points = star(rng, radius_range=(5, 90))
    x, y = points.T
    left, top, right, bottom = x.min(), y.min(), x.max(), y.max()
    polygon = points.ravel().tolist()
    parts = [polygon[: len(polygon) // 4 * 2], polygon[len(polygon) // 4 * 2 :]]
    segmentation = _rle(left, top, right, bottom) if crowd else parts
    return {
        "segmentation": segmentation,
        "area": _pixels(segmentation),
        "iscrowd": int(crowd),
        "bbox": [round(float(v), 2) for v in (left, top, right - left, bottom - top)],
    }


def _pixels(segmentation: dict[str, Any] | list[list[float]]) -> int:
    encoded = mask.frPyObjects(segmentation, HEIGHT, WIDTH)
    return int(mask.area(encoded if isinstance(encoded, dict) else mask.merge(encoded)))


def _rle(left: float, top: float, right: float, bottom: float) -> dict[str, Any]:
    """Return the RLE of a rectangle."""
    first, last, rows = int(left), int(right), int(bottom) - int(top) + 1
    counts = [first * HEIGHT + int(top), rows] + [HEIGHT - rows, rows] * (last - first)
    return {"size": [HEIGHT, WIDTH], "counts": [*counts, HEIGHT * WIDTH - sum(counts)]}
