"""Print how fast a build is, next to the floor and to the plain way: ``make bench``.

The floor is what nobody can avoid: decode a background, encode the result, write it. Start-up, the
reading of the sources and the cutting out of the instances are told apart from the cost of an image
by building a few images and many.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.tutorial import compose
from cocosynth.build import build
from cocosynth.coco import read_dataset, segmentation_of
from cocosynth.config import load_config
from cocosynth.executor import Executor, Processes, Serial
from cocosynth.executor.tuning import tune
from cocosynth.files import resource as shipped
from cocosynth.images import encode_image, read_image
from cocosynth.masks import decode

CONFIG = {
    "seed": 1,
    "canvas": {"width": 640, "height": 480},
    "objects_per_image": [3, 3],
    "augment": [
        {"flip": {"p": 0.5}},
        {"rotate": {"angle_range": [-30, 30]}},
        {"scale": {"factor_range": [0.5, 1.0]}},
    ],
    "licenses": {"no_derivatives": "allow"},
}


def sources() -> tuple[dict, Path]:
    """Return the sources of a configuration, and the folder its paths are relative to."""
    real = os.environ.get("COCOSYNTH_REAL_COCO")
    if real:
        foreground = {
            "coco": "annotations/instances_train2017.json",
            "images": "train2017",
            "area_range": [1024, 60000],
        }
        return {"foregrounds": [foreground], "backgrounds": [{"folder": "val2017"}]}, Path(real)
    foreground = {"coco": "photos/annotations/instances.json", "images": "photos/images"}
    folder = shipped("sample_data")
    return {"foregrounds": [foreground], "backgrounds": [{"folder": "backgrounds"}]}, folder


def spent(action: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of this process and the wall seconds that an action takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    action()
    return time.process_time() - cpu, time.perf_counter() - wall


class Bench:
    """The things that are timed, each for a number of images."""

    def __init__(self, work: Path, images: int) -> None:
        self.work, self.images = work, images
        self.content, self.folder = sources()
        name = self.content["backgrounds"][0]["folder"]
        self.backgrounds = sorted((self.folder / name).glob("*.jpg"))
        foreground = self.content["foregrounds"][0]
        dataset = read_dataset(str(self.folder / foreground["coco"]))
        files = {image.id: image for image in dataset.images}
        self.instances = []
        for annotation in [a for a in dataset.annotations if not a.iscrowd][:30]:
            image = files[annotation.image_id]
            mask = decode(segmentation_of(annotation), (image.height, image.width))
            path = self.folder / foreground["images"] / image.file_name
            self.instances.append((path, mask))

    def floor(self, count: int) -> None:
        for number in range(count):
            pixels = read_image(self.backgrounds[number % len(self.backgrounds)], upright=True)
            pixels = pixels if pixels.shape == (480, 640, 3) else cv2.resize(pixels, (640, 480))
            (self.work / f"{number}.jpg").write_bytes(encode_image(pixels, "jpg", quality=95))

    def tutorial(self, count: int) -> None:
        rng = np.random.default_rng(0)
        for number in range(count):
            chosen = [self.instances[i] for i in rng.integers(0, len(self.instances), 3)]
            background = self.backgrounds[number % len(self.backgrounds)]
            compose(background, chosen, self.work / f"{number}.jpg", rng)

    def build(self, count: int, executor: Executor) -> None:
        path = self.work / "config.yaml"
        path.write_text(json.dumps(CONFIG | self.content | {"splits": {"train": count}}))
        build(
            load_config(path), self.folder, self.work / "out", executor=executor, start="overwrite"
        )


def measure(bench: Bench, rounds: int) -> dict[str, tuple[float, float, float]]:
    """Return CPU and wall seconds an image, and start-up seconds, of each thing; interleaved."""
    few, many = max(4, bench.images // 10), bench.images
    tasks: dict[str, Callable[[int], None]] = {
        "floor": bench.floor,
        "build, 1 worker": lambda count: bench.build(count, Serial()),
        "build, 2 workers": lambda count: bench.build(count, Processes(2)),
    }
    seen: dict[str, list[tuple[float, float, float]]] = {name: [] for name in (*tasks, "tutorial")}
    for _ in range(rounds):
        for name, task in tasks.items():
            small = spent(lambda task=task: task(few))
            large = spent(lambda task=task: task(many))
            cpu, wall = ((b - a) / (many - few) for a, b in zip(small, large, strict=True))
            seen[name].append((cpu, wall, max(0.0, small[1] - few * wall)))
        slow = max(2, bench.images // 50)
        cpu, wall = spent(lambda slow=slow: bench.tutorial(slow))
        seen["tutorial"].append((cpu / slow, wall / slow, 0.0))
    return {
        name: tuple(statistics.median(column) for column in zip(*runs, strict=True))
        for name, runs in seen.items()
    }


def main() -> None:
    tune()
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        results = measure(Bench(Path(work), options.images), options.rounds)
    floor, tutorial = results["floor"], results["tutorial"]
    print(f"{'':18} CPU ms/image   x floor   images/s wall   tutorial is x   start-up s")
    for name, (cpu, wall, start) in results.items():
        own = name != "build, 2 workers"  # the CPU time of its workers is not ours to read
        spent_here = f"{1e3 * cpu:12.2f} {cpu / floor[0]:9.2f}" if own else f"{'-':>12} {'-':>9}"
        print(f"{name:18} {spent_here} {1 / wall:15.1f} {tutorial[1] / wall:15.1f} {start:12.2f}")


if __name__ == "__main__":
    main()
