"""The end of a build of many images: memory while its records are written, checked and shown.

    python -m benchmarks.records 1000000 folder
    python -m benchmarks.records --picture docs/memory.png

Three quarters of the records are annotations. It runs in a process of its own, and makes no images.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.build import run_python
from benchmarks.clock import spread
from benchmarks.inputs import Inputs
from benchmarks.memory import usage
from cocosynth.check.preview import contact_sheet
from cocosynth.check.report.dataset import open_split
from cocosynth.check.report.figures import figures_of
from cocosynth.check.validate import validate
from cocosynth.coco.layout import Layout
from cocosynth.coco.rle import encode
from cocosynth.core import files, identity, images
from cocosynth.core.category import Category
from cocosynth.core.photo import License, Photo
from cocosynth.export.coco import CocoAnnotation, CocoImage, write_file
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.options import Export, Info

STAGES = ("start", "write", "check", "hash", "preview", "report")
LIMIT = 400.0
"""MB that a million records may take."""

AN_IMAGE, SIZE, SHOWN, PHOTOS, CATEGORIES = 3, (480, 640), 20, 1000, 80


def measure(inputs: Inputs) -> dict[str, Any]:
    rows = []
    for records in inputs.sizes.records:
        told = run_python("-m", "benchmarks.records", records, inputs.fresh())[1]
        peaks = json.loads(told)["peaks"]
        rows.append({"records": records, "mb": [spread([peak]) for peak in peaks]})
    return {"stages": list(STAGES), "rows": rows}


def peaks_of(records: int, folder: Path) -> list[float]:
    """Return the most that was resident, in MB, by the end of each stage."""
    layout, found = Layout(folder), []
    path, shown = layout.annotations("train"), layout.images("train")
    count = records // (AN_IMAGE + 1)
    context = context_of(folder, count)
    blank = np.full((*SIZE, 3), 128, np.uint8)
    for number in range(1, min(count, SHOWN) + 1):
        content = images.encode_image(blank, "jpg", quality=95)
        files.write_atomic(files.make_folder(shown) / _name(number), content)
    stages: list[Callable[[], Any]] = [
        lambda: None,
        lambda: write_file(context, path, parts_of(count), images=count),
        lambda: validate(path, exact=True),
        lambda: identity.sha256(path),
        lambda: contact_sheet([(path, shown)]),
        lambda: figures_of([open_split("train", path, shown)], []),
    ]
    files.make_folder(path.parent)
    for stage in stages:
        stage()
        found.append(usage().peak)
    return found


def context_of(folder: Path, images: int, options: Export | None = None) -> ExportContext:
    """Return what exporters know of a dataset of so many images."""
    categories = [Category(number, f"category {number}", "") for number in range(1, CATEGORIES + 1)]
    free = License("CC0", "https://creativecommons.org/publicdomain/zero/1.0/")
    photos = [
        Photo("photographs", _name(i), _name(i), SIZE, False, i, free, "somebody")
        for i in range(PHOTOS)
    ]
    export = options or Export()
    return ExportContext(folder, {"train": images}, export, Info(), categories, photos)


def parts_of(count: int) -> Iterator[Numbered[CocoImage]]:
    """Yield images with discs in them, the same again and again."""
    shapes, following = [_disc(number) for number in range(1, 400)], 1
    for image_id in range(1, count + 1):
        own = [shapes[(image_id * AN_IMAGE + i) * 7 % len(shapes)] for i in range(AN_IMAGE)]
        photos = [(image_id + i) % PHOTOS for i in range(AN_IMAGE + 1)]
        ids = range(following, following := following + AN_IMAGE)
        yield Numbered(image_id, ids, CocoImage(_name(image_id), SIZE, photos, own))


def _disc(number: int) -> CocoAnnotation:
    radius, rng = 10 + number % 60, np.random.default_rng(number)
    rows, cols = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    mask = rows**2 + cols**2 <= radius**2
    top, left = (int(rng.integers(0, side - len(mask))) for side in SIZE)
    counts = encode(mask, origin=(top, left), size=SIZE)
    written = msgspec.Raw(msgspec.json.encode({"size": SIZE, "counts": counts}))
    box = (left, top, len(mask), len(mask))
    return CocoAnnotation(number % CATEGORIES + 1, box, int(mask.sum()), 0, written)


def _name(number: int) -> str:
    return f"{number:012d}.jpg"


def draw(path: Path) -> None:
    """Measure 10,000, 100,000 and 1,000,000 records, and draw their curves."""
    curves = {}
    for records in (10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as work:
            told = run_python("-m", "benchmarks.records", records, Path(work) / "out")[1]
        curves[records] = json.loads(told)["peaks"]
        named = zip(STAGES, curves[records], strict=True)
        print(f"{records:>9,}", *(f"{name}: {peak:.0f} MB" for name, peak in named), flush=True)
    draw_curves(curves, path)


def draw_curves(curves: Mapping[int, Sequence[float]], path: Path) -> None:
    """Draw the peaks of each number of records."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axis = figure.subplots()
    for records, peaks in curves.items():
        axis.plot(STAGES, peaks, marker="o", label=f"{records:,} records")
    axis.axhline(LIMIT, color="#d9690c", linestyle="--", linewidth=1)
    axis.set_ylim(0)
    axis.set_ylabel("peak memory of the process, MB")
    axis.legend(frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    first, second = sys.argv[1:]
    if first == "--picture":
        draw(Path(second))
    else:
        print(json.dumps({"peaks": peaks_of(int(first), Path(second))}))


if __name__ == "__main__":
    main()
