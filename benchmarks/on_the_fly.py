"""Images a second while training: composed on the fly, or read from the files of a build.

    python -m benchmarks.on_the_fly sample_data/cocosynth.yaml [--images 60] [--rounds 3]

Both give the same tensors to a `DataLoader`. The share of idle time is that of a training step
that waits for its images: a small network trains on what comes, in one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from pycocotools.coco import COCO
from torch.utils.data import DataLoader

from benchmarks.clock import interleaved, ratio, spread
from benchmarks.machine import load, machine, versions
from cocosynth import build, load_config
from cocosynth.torch import CompositeDataset

WORKERS = (0, 2)


class Files(torch.utils.data.Dataset[Any]):
    """What a build wrote, as the script that `snippet torchvision` prints reads it."""

    def __init__(self, folder: Path, split: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells how long it takes
            self.coco = COCO(str(folder / f"annotations/instances_{split}.json"))
        self.folder, self.ids = folder / split, sorted(self.coco.imgs)
        self.labels = {number: place for place, number in enumerate(sorted(self.coco.cats), 1)}

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, index: int) -> Any:
        record = self.coco.imgs[self.ids[index]]
        with Image.open(self.folder / record["file_name"]) as picture:
            pixels = torch.from_numpy(np.array(picture.convert("RGB")).transpose(2, 0, 1).copy())
        found = [one for one in self.coco.imgToAnns[record["id"]] if not one["iscrowd"]]
        boxes = torch.tensor([one["bbox"] for one in found], dtype=torch.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        masks = np.zeros((len(found), record["height"], record["width"]), np.uint8)
        for mask, one in zip(masks, found, strict=True):
            mask[:] = self.coco.annToMask(one)
        labels = torch.tensor([self.labels[one["category_id"]] for one in found])
        target = {"boxes": boxes, "labels": labels, "masks": torch.from_numpy(masks)}
        return pixels.float().div_(255), target | {"image_id": record["id"]}


def passing(dataset: Any, workers: int, step: Callable[[Any], None] | None = None) -> Any:
    """Take all images once; return images a second, and the share of time that waited."""
    options: dict[str, Any] = {"num_workers": workers, "collate_fn": list, "batch_size": 4}
    if workers:
        options["persistent_workers"] = True
    loader = DataLoader(dataset, **options)
    for _ in loader:  # starts the workers, fills the caches
        pass
    start, waited, asked = time.perf_counter(), 0.0, time.perf_counter()
    for batch in loader:
        waited += time.perf_counter() - asked
        if step is not None:
            step(batch)
        asked = time.perf_counter()
    took = time.perf_counter() - start
    return {"rate": len(dataset) / took, "idle": waited / took}


def training() -> Callable[[Any], None]:
    """Return a step of training: a small convolutional network, images of a quarter of the size."""
    torch.manual_seed(0)
    sizes = ((3, 16), (16, 32), (32, 32))
    layers = [
        layer
        for inputs, outputs in sizes
        for layer in (torch.nn.Conv2d(inputs, outputs, 3, padding=1), torch.nn.ReLU())
    ]
    network = torch.nn.Sequential(*layers, torch.nn.Conv2d(32, 1, 1))
    optimizer = torch.optim.Adam(network.parameters())

    def step(batch: Any) -> None:
        images = torch.stack([image for image, _ in batch])
        covered = torch.stack([target["masks"].any(0) for _, target in batch]).float()
        small = torch.nn.functional.avg_pool2d(images, 4)
        wanted = torch.nn.functional.max_pool2d(covered[:, None], 4)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(small), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    import msgspec

    config = load_config(options.config)
    config = msgspec.structs.replace(config, splits={"train": options.images}, share_sources=True)
    before, folder = load(), options.config.parent
    with tempfile.TemporaryDirectory() as work:
        build(config, Path(work) / "built", folder=folder)
        sets = {
            "on the fly": CompositeDataset(config, folder=folder),
            "files": Files(Path(work) / "built", "train"),
        }
        tasks: dict[Any, Callable[[], Any]] = {}
        for workers in WORKERS:
            for name, dataset in sets.items():
                tasks[name, workers, "loading"] = lambda d=dataset, w=workers: passing(d, w)
                tasks[name, workers, "training"] = lambda d=dataset, w=workers: passing(
                    d, w, training()
                )
        seen = interleaved(tasks, rounds=options.rounds)
    rows = [
        {
            "images": name,
            "workers": workers,
            "what": what,
            "per_second": spread(run["rate"] for run in seen[name, workers, what]),
            "idle": spread(run["idle"] for run in seen[name, workers, what]),
            "to_files": ratio(
                *([run["rate"] for run in seen[of, workers, what]] for of in (name, "files"))
            ),
        }
        for name, workers, what in tasks
    ]
    found = {"machine": machine(), "load": [before, load()], "rows": rows}
    found["versions"] = versions() | {"torch": torch.__version__}
    json.dump(found, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
