"""Other libraries beside us, each in an environment of its own: ``make bench-peers``.

    python -m benchmarks.peers albumentationsx=PYTHON ultralytics=PYTHON --images 200

Both are under the AGPL: nothing of them is imported by the package, or installed with it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from benchmarks.build import ROOT, composed
from benchmarks.clock import Cost, interleaved, ratio, spread
from benchmarks.floor import floor
from benchmarks.inputs import CANVAS, Inputs
from benchmarks.machine import load, machine, versions
from benchmarks.report import figure, table
from benchmarks.sizes import FULL
from cocosynth.core.executors.tuning import tune

OURS, FLOOR = "cocosynth", "floor"
ROUNDS = 2


def measure(inputs: Inputs, pythons: dict[str, str], images: int) -> dict[str, Any]:
    """Return a row for the floor, for us, and for each peer; rounds are interleaved."""
    frames = inputs.frames(images)
    asked = inputs.work / "peers.json"
    content = {"size": CANVAS, "backgrounds": [str(f) for f in frames], "objects": _objects(inputs)}
    asked.write_text(json.dumps(content))
    twice = {OURS: 0}
    versions_of: dict[str, str] = {}

    def ours(count: int) -> Cost:
        def look(out: Path) -> None:
            twice[OURS] = claimed_twice(out)

        config = inputs.config(count, frames)
        return composed(config, inputs.fresh(), look=look) * (1 / count)

    ours(1)  # once for nothing: modules, files, caches

    def peer(name: str, python: str) -> Cost:
        out = inputs.fresh()
        command = [python, ROOT / "benchmarks" / "peer.py", name, asked, out]
        apart = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            list(map(str, command)), env=apart, stdout=subprocess.PIPE, check=True
        )
        shutil.rmtree(out)
        told = json.loads(done.stdout.splitlines()[-1])
        twice[name], versions_of[name] = told["twice"], told["version"]
        return Cost(told["cpu"], told["wall"]) * (1 / images)

    runs: dict[str, Callable[[], Cost]] = {
        FLOOR: lambda: floor(frames, inputs.fresh()) * (1 / images),
        OURS: lambda: ours(images),
    }
    runs |= {name: partial(peer, name, python) for name, python in pythons.items()}
    seen = interleaved(runs, rounds=ROUNDS)
    cpus = {name: [cost.cpu for cost in costs] for name, costs in seen.items()}
    rows = [
        {
            "name": f"{name} {versions_of.get(name, '')}".strip(),
            "cpu_ms": spread(1e3 * cpu for cpu in cpus[name]),
            "to_ours": ratio(cpus[name], cpus[OURS]),
            "images_per_s": spread(1 / cost.wall for cost in seen[name]),
            "twice": twice.get(name),
        }
        for name in runs
    ]
    return {"images": images, "rows": rows}


def _objects(inputs: Inputs) -> list[dict[str, Any]]:
    """Return the objects that our builds may paste, as polygons and paths."""
    source = inputs.foreground()
    dataset = json.loads(Path(source["coco"]).read_bytes())
    names = {image["id"]: image["file_name"] for image in dataset["images"]}
    low, high = source["area_range"]
    return [
        {"path": f"{source['images']}/{names[one['image_id']]}", "polygons": one["segmentation"]}
        for one in dataset["annotations"]
        if not one.get("iscrowd")
        and isinstance(one["segmentation"], list)
        and low <= one["area"] <= high
    ]


def claimed_twice(out: Path) -> int:
    """Return how many pixels two annotations of an image claim, over all images of a dataset."""
    records = json.loads((out / "annotations/instances_train.json").read_bytes())["annotations"]
    of_image: dict[int, list[np.ndarray]] = {}
    for record in records:
        mask = coco_mask.decode(record["segmentation"])
        of_image.setdefault(record["image_id"], []).append(mask)
    return sum(int((np.sum(masks, axis=0) > 1).sum()) for masks in of_image.values())


def tables(results: dict[str, Any], loads: list[float], words: list[str]) -> str:
    """Return what was measured as Markdown, with its date and conditions."""
    head = ("", "CPU ms an image", "to ours", "images/s", "pixels claimed twice")
    rows = [
        (
            row["name"],
            *(figure(row[key]) for key in ("cpu_ms", "to_ours", "images_per_s")),
            "" if row["twice"] is None else f"{row['twice']:,}",
        )
        for row in results["rows"]
    ]
    where, used = machine(), versions()
    title = f"{results['images']} images of 640 x 480 with 3 objects"
    return table(title, head, rows) + (
        f"\nMeasured on {datetime.date.today()} on {where['cores']} cores of {where['processor']}, "
        f"load {min(loads):.1f} to {max(loads):.1f}; cocosynth {used['cocosynth']}; medians of "
        f"{ROUNDS} rounds, in brackets the lowest and the highest; by `{' '.join(words)}`.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("peers", nargs="+", metavar="NAME=PYTHON")
    parser.add_argument("--images", type=int, default=200)
    options = parser.parse_args()
    tune()
    before = load()
    pythons = dict(peer.split("=", 1) for peer in options.peers)
    with tempfile.TemporaryDirectory() as work:
        results = measure(Inputs.in_folder(Path(work), FULL), pythons, options.images)
    words = ["make bench-peers", f"IMAGES={options.images}"]
    print(tables(results, [before, load()], words))


if __name__ == "__main__":
    main()
