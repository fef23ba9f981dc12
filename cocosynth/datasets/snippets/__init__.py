"""Code that trains on a dataset, one file for each client: to be printed, pasted and run."""

from __future__ import annotations

from collections.abc import Callable

from cocosynth.datasets.snippets import detectron2, mmdet, torchvision, ultralytics
from cocosynth.datasets.snippets.built import BuiltDataset, read_built

SNIPPETS: dict[str, Callable[[BuiltDataset], str]] = {
    "mmdet": mmdet.snippet,
    "detectron2": detectron2.snippet,
    "torchvision": torchvision.snippet,
    "ultralytics": ultralytics.snippet,
}

__all__ = ["SNIPPETS", "BuiltDataset", "read_built"]
