"""What grows in the parent of a build with the number of images, and what that is at millions.

    python -m benchmarks.million --save docs    measure; write million.json, picture and page
    python -m benchmarks.million --page docs    write picture and page again, from million.json

No image is made: the files of shards are written as workers leave them, and the parent's own work
is done on them, each number of records in a process of its own. Three quarters of the records are
annotations.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np

from benchmarks.build import run_python
from benchmarks.machine import load, machine
from benchmarks.memory import usage
from benchmarks.million_page import write_tables
from benchmarks.records import AN_IMAGE, context_of, parts_of
from cocosynth.check.stats import measure, read_columns
from cocosynth.check.validate import validate
from cocosynth.coco.layout import Layout
from cocosynth.core import files
from cocosynth.core.resources import resource
from cocosynth.export.coco import CocoImage, write_file
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.options import Export
from cocosynth.pipeline.build import build
from cocosynth.pipeline.shards import (
    IMAGES_A_SHARD,
    MadeImage,
    ShardFile,
    SplitParts,
    record_file,
    shards_of,
    split_parts,
)
from cocosynth.pipeline.tally import Tally
from cocosynth.scenes.inputs import SceneInputs

SIZES = (10_000, 100_000, 1_000_000)
PARTS, BACKGROUNDS = 8, 1000

FEW_AND_MANY = (40, 200)
CONFIG: dict[str, Any] = {
    "seed": 1,
    "canvas": {"width": 640, "height": 480},
    "foregrounds": [{"folder": "cutouts"}],
    "backgrounds": [{"folder": "backgrounds"}],
    "objects_per_image": AN_IMAGE,
    "augment": [{"flip": {"p": 0.5}}, {"scale": {"canvas_range": [0.15, 0.4]}}],
    "export": {"formats": ["coco", "webdataset"]},
    "report": False,
}
KINDS = {"train": "image", "annotations": "annotations", "scenes": "scene", "webdataset": "tar"}


def measured(records: int, folder: Path) -> dict[str, dict[str, float]]:
    """Return CPU seconds and the peak memory in MB by the end of each stage."""
    images = records // (AN_IMAGE + 1)
    shards, path = files.make_folder(folder / "shards"), Layout(folder).annotations("train")
    files.make_folder(path.parent)
    context = context_of(folder, images, Export(annotation_parts=PARTS))
    run_python("-m", "benchmarks.million", "--shards", records, shards)
    found: dict[str, dict[str, float]] = {}

    def clocked(name: str, stage: Callable[[], Any]) -> Any:
        begun = time.process_time()
        made = stage()
        spent = round(time.process_time() - begun, 2)
        found[name] = {"cpu_s": spent, "peak_mb": round(usage().peak)}
        return made

    clocked("schedule", lambda: _schedule(_inputs(records)))
    with ExitStack() as stack:
        gathered = split_parts(shards, _inputs(images), "train")
        parts = clocked("gather", lambda: stack.enter_context(gathered))
        clocked("write", lambda: _write(context, path, parts))
    clocked("check", lambda: validate(path, exact=True))
    clocked("count", lambda: measure(read_columns(path)))
    return {**found, "file": {"mb": round(path.stat().st_size / 1e6, 1)}}


def _inputs(images: int) -> SceneInputs:
    """Return as much of what planning reads as scheduling asks for."""
    backgrounds = np.arange(BACKGROUNDS)
    pool = SimpleNamespace(images=images, siblings=1, backgrounds=backgrounds, repeats=True)
    return cast(SceneInputs, SimpleNamespace(seed=1, pools={"train": pool}))


def _schedule(inputs: SceneInputs) -> None:
    """Hand out all scenes, and add up what comes back of each shard."""
    tally, part = Tally(), Tally()
    part.categories.update({1: 8, 2: 9, 3: 7})
    counts = part.counts()
    for _ in shards_of(inputs, "train"):
        tally.add(counts)


def _write(context: ExportContext, path: Path, parts: SplitParts) -> None:
    """Write the COCO files of all images, as the format `coco` does."""
    decoder = msgspec.json.Decoder(CocoImage)
    decoded = (
        Numbered(each.image_id, each.annotation_ids, decoder.decode(each.part))
        for each in parts.of(0)
    )
    write_file(context, path, decoded, images=context.splits["train"])


def write_shards(records: int, folder: Path) -> None:
    """Write what workers leave of each shard."""
    images = records // (AN_IMAGE + 1)
    parts = _made(images)
    for shard in shards_of(_inputs(images), "train"):
        made = list(islice(parts, IMAGES_A_SHARD))
        content = ShardFile([], Tally().counts(), made, {})
        files.write_atomic(record_file(folder, "train", shard.number), msgspec.json.encode(content))


def _made(images: int) -> Iterator[msgspec.Raw]:
    for each in parts_of(images):
        part = msgspec.Raw(msgspec.json.encode(each.part))
        yield msgspec.Raw(msgspec.json.encode(MadeImage(len(each.annotation_ids), [part])))


def built() -> dict[str, float]:
    """Return what an image takes on disk, in bytes, by what it is: the slope of two builds."""
    sizes = []
    with tempfile.TemporaryDirectory() as work:
        for images in FEW_AND_MANY:
            out = Path(work) / str(images)
            config = {**CONFIG, "splits": {"train": images}}
            build(config, out, folder=resource("sample_data"), note=lambda text: None)
            sizes.append({name: _size(out / name) for name in KINDS})
    few, many = sizes
    step = FEW_AND_MANY[1] - FEW_AND_MANY[0]
    return {KINDS[name]: round((many[name] - few[name]) / step) for name in KINDS}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure_all(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Measure all, and note under which conditions."""
    rows = []
    for records in sizes:
        before = load()
        with tempfile.TemporaryDirectory() as work:
            told = run_python("-m", "benchmarks.million", "--records", records, Path(work) / "out")
        rows.append({"records": records, "load": [before, load()], **json.loads(told[1])})
        print(json.dumps(rows[-1]), flush=True)
    return {"machine": machine(), "objects": AN_IMAGE, "rows": rows, "bytes": built()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--save", type=Path, metavar="FOLDER")
    parser.add_argument("--page", type=Path, metavar="FOLDER")
    parser.add_argument("--most", type=int, default=SIZES[-1], help="records, at the most")
    for name in ("--records", "--shards"):
        parser.add_argument(name, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.records:
        print(json.dumps(measured(int(options.records[0]), Path(options.records[1]))))
    elif options.shards:
        write_shards(int(options.shards[0]), Path(options.shards[1]))
    elif options.page:
        write_tables(options.page)
    else:
        results = measure_all(tuple(size for size in SIZES if size <= options.most))
        if options.save:
            text = json.dumps(results, indent=1) + "\n"
            (options.save / "million.json").write_text(text)
            write_tables(options.save)


if __name__ == "__main__":
    main()
