"""Code that trains on a dataset, one file for each client: to be printed, pasted and run."""

from __future__ import annotations

from collections.abc import Callable

from cocosynth.datasets.snippets import detectron2, mmdet, torchvision, ultralytics
from cocosynth.datasets.snippets.built import BuiltDataset, read_built
from cocosynth.datasets.snippets.held_out import with_held_out

SNIPPETS: dict[str, Callable[[BuiltDataset], str]] = {
    "mmdet": mmdet.snippet,
    "detectron2": detectron2.snippet,
    "torchvision": torchvision.snippet,
    "ultralytics": ultralytics.snippet,
}

ALIASES = {"yolo": "ultralytics"}
"""Other names of clients."""

__all__ = ["ALIASES", "SNIPPETS", "BuiltDataset", "read_built", "with_held_out"]
