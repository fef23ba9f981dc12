"""Images of a large source and of a small one: how much is cut out, and how long that takes.

    python -m benchmarks.large_source cocosynth.yaml out

The photographs of the sources are a hundred that repeat, as links to the same files.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import big_coco
from benchmarks.build import run_python
from benchmarks.clock import interleaved, ratio, spread
from benchmarks.inputs import Inputs
from cocosynth.core.executors import Processes
from cocosynth.core.executors.tuning import tune
from cocosynth.pipeline.build import build

PHOTOGRAPHS = 100  # that differ
FIRST_LOOK = 10  # images


def measure(inputs: Inputs) -> dict[str, Any]:
    """Build the same number of images, and a first look, from each source."""
    frames = inputs.frames(inputs.sizes.repeated)
    images = inputs.sizes.source_images
    configs = {
        (instances, count): _config(inputs, instances, count, frames)
        for instances in inputs.sizes.sources
        for count in (FIRST_LOOK, images)
    }
    runs = {key: partial(_built_apart, config, inputs) for key, config in configs.items()}
    seen = interleaved(runs, rounds=inputs.sizes.source_rounds)
    small = [run["made"] for run in seen[inputs.sizes.sources[0], images]]
    rows = [
        {
            "instances": instances,
            "first_s": spread(run["first"] for run in seen[instances, FIRST_LOOK]),
            "read_s": spread(run["read"] for run in seen[instances, images]),
            "made_s": spread(run["made"] for run in seen[instances, images]),
            "to_small": ratio((run["made"] for run in seen[instances, images]), small),
            "disk_mb": spread(run["disk_mb"] for run in seen[instances, images]),
        }
        for instances in inputs.sizes.sources
    ]
    return {"images": images, "first_look": FIRST_LOOK, "rows": rows}


def _config(inputs: Inputs, instances: int, images: int, frames: list[Path]) -> Path:
    folder = inputs.work / f"source-{instances}"
    if not folder.exists():
        (folder / "images").mkdir(parents=True)
        big_coco.write(folder / "instances.json", instances)
        size = big_coco.WIDTH, big_coco.HEIGHT
        photographs = inputs.frames(PHOTOGRAPHS, size=size, name="source")
        for number in range(1, big_coco.images_of(instances) + 1):
            os.link(photographs[number % PHOTOGRAPHS], folder / "images" / f"{number:012d}.jpg")
    source = {"coco": str(folder / "instances.json"), "images": str(folder / "images")}
    return inputs.config(images, frames, foregrounds=[source], share_sources=True)


def _built_apart(config: Path, inputs: Inputs) -> dict[str, float]:
    out = inputs.fresh()
    told: dict[str, float] = json.loads(run_python("-m", "benchmarks.large_source", config, out)[1])
    shutil.rmtree(out)
    return told


class Stopwatch:
    """Takes down when the stages of a build begin and end.

    Attributes
    ----------
    read : float
        When reading was done: annotations, their outlines, and the headers of photographs.
    first : float
        When the first images were.
    disk_mb : float
        Of what was cut out.
    """

    def __init__(self, bank: Path) -> None:
        self._bank, self._start = bank, time.perf_counter()
        self.read = self.first = self.disk_mb = 0.0

    def __call__(
        self, title: str, answers: Iterable[Any], total: int, count: Callable[[Any], int]
    ) -> Iterator[Any]:
        self.read = self.read or self.seconds()
        for answer in answers:
            if title == "composing images":
                self.first = self.first or self.seconds()
            yield answer
        if title == "composing images":
            found = (path.stat().st_size for path in self._bank.rglob("*") if path.is_file())
            self.disk_mb = sum(found) / 1e6

    def seconds(self) -> float:
        return time.perf_counter() - self._start


def main() -> None:
    config, out = map(Path, sys.argv[1:])
    tune()
    watch = Stopwatch(out / ".build" / "bank")
    build(config, out, executor=Processes(2), progress=watch)
    told = {
        "read": watch.read,
        "first": watch.first - watch.read,
        "made": watch.seconds() - watch.read,
        "disk_mb": watch.disk_mb,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
