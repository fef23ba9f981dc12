"""Write a COCO file the size of train2017, and measure reading and validating it.

    python benchmarks/big_coco.py write big.json
    python benchmarks/big_coco.py measure big.json

Each measurement runs in a fresh process, so that peaks of memory do not add up.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

IMAGES, ANNOTATIONS, CATEGORIES = 118_287, 860_001, 80
HEIGHT, WIDTH = 480, 640
CROWD_EVERY = 86  # about as rare as in train2017


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("write", "measure", *_MEASURED))
    parser.add_argument("path")
    parser.add_argument("--annotations", type=int, default=ANNOTATIONS)
    options = parser.parse_args()
    if options.action == "write":
        write(options.path, options.annotations)
    elif options.action == "measure":
        for name in _MEASURED:
            subprocess.run([sys.executable, __file__, name, options.path], check=True)
    else:
        _measure(options.action, options.path)
    return 0


def write(path: str, annotations: int) -> None:
    """Write a file without a fault; equal numbers of annotations give equal bytes."""
    images = max(1, annotations * IMAGES // ANNOTATIONS)
    with Path(path).open("w", encoding="ascii") as stream:
        stream.write('{"info": {"description": "synthetic"}, "licenses": [{"id": 1}]')
        for name, records in (
            ("categories", _categories()),
            ("images", _images(images)),
            ("annotations", _annotations(annotations, images)),
        ):
            stream.write(f', "{name}": [')
            for i, record in enumerate(records):
                stream.write(", " * (i > 0) + json.dumps(record))
            stream.write("]")
        stream.write("}")


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


def _annotations(count: int, images: int) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 42, endpoint=False)
    for i in range(1, count + 1):
        points = angles[:: int(rng.integers(1, 5))]  # 11 to 42, drawn as two parts
        centre, radius = rng.uniform((100, 100), (WIDTH - 100, HEIGHT - 100)), rng.uniform(5, 90)
        reach = radius * rng.uniform(0.7, 1, len(points))
        x, y = (np.stack((np.cos(points), np.sin(points))) * reach + centre[:, None]).round(2)
        left, top, right, bottom = x.min(), y.min(), x.max(), y.max()
        crowd = i % CROWD_EVERY == 0
        polygon = np.stack((x, y), axis=1).ravel().tolist()
        parts = [polygon[: len(polygon) // 4 * 2], polygon[len(polygon) // 4 * 2 :]]
        yield {
            "segmentation": _rle(left, top, right, bottom) if crowd else parts,
            "area": float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2),
            "iscrowd": int(crowd),
            "image_id": i % images + 1,
            "bbox": [round(float(v), 2) for v in (left, top, right - left, bottom - top)],
            "category_id": i % CATEGORIES + 1,
            "id": i,
        }  # fmt: skip


def _rle(left: float, top: float, right: float, bottom: float) -> dict[str, Any]:
    """Return the RLE of a rectangle."""
    first, last, rows = int(left), int(right), int(bottom) - int(top) + 1
    counts = [first * HEIGHT + int(top), rows] + [HEIGHT - rows, rows] * (last - first)
    return {"size": [HEIGHT, WIDTH], "counts": [*counts, HEIGHT * WIDTH - sum(counts)]}


def _decode(path: str) -> str:
    import msgspec

    dataset = msgspec.json.decode(Path(path).read_bytes())
    return f"{len(dataset['annotations'])} annotations"


def _decode_top(path: str) -> str:
    import msgspec

    top = msgspec.json.decode(Path(path).read_bytes(), type=dict[str, msgspec.Raw])
    return f"{len(msgspec.json.decode(top['annotations'], type=list[msgspec.Raw]))} annotations"


def _schema(path: str) -> str:
    from cocosynth.validate import text_report, validate

    return text_report(validate(path, level="schema")).splitlines()[-1]


def _references(path: str) -> str:
    from cocosynth.validate import text_report, validate

    return text_report(validate(path, level="references")).splitlines()[-1]


_MEASURED = {
    "msgspec, undecoded records": _decode_top,
    "msgspec, all of it": _decode,
    "validate, schema": _schema,
    "validate, references": _references,
}


def _measure(name: str, path: str) -> None:
    start, spent = time.perf_counter(), time.process_time()
    outcome = _MEASURED[name](path)
    wall, spent = time.perf_counter() - start, time.process_time() - spent
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    sys.stdout.write(
        f"{name:28} {wall:6.2f} s, CPU {spent:6.2f} s, peak {peak:.2f} GiB: {outcome}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
