"""Views of images and their features: computed once, kept on disk, learnt from often."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from experiments.proof.backbone import HALF, LAYOUT, Backbone
from experiments.proof.images import Images, augmented, draws, plain

BATCH = 8
Shapes = tuple[tuple[int, int, int], ...]
"""Of the levels: rows, columns, channels."""


@dataclass(frozen=True)
class Views:
    """Features of views of images, with the boxes of each; the views of an image stand together.

    Those for a test have no boxes, but say which part of an image is not padding.

    Attributes
    ----------
    features : Tensor, (n * each, f) of bfloat16
        The levels of a view one after another.
    boxes, labels, crowd : Tensor
        As `loss_of` wants them; in each row what there is comes first.
    size, scale : Tensor, (n, 2) and (n,)
        Width and height of what is not padding, and pixels here of one in the file.
    each : int
        Views of an image.
    """

    features: Tensor
    boxes: Tensor
    labels: Tensor
    crowd: Tensor
    size: Tensor
    scale: Tensor
    each: int
    shapes: Shapes

    def __len__(self) -> int:
        return len(self.features) // self.each

    def save(self, file: Path) -> None:
        part = file.with_suffix(f".{os.getpid()}.part")
        torch.save([getattr(self, name) for name in self.__dataclass_fields__], part)
        part.replace(file)

    @staticmethod
    def load(file: Path) -> Views:
        """Return views whose features stay in their file until they are needed."""
        return Views(*torch.load(file, mmap=True, weights_only=True))

    def to(self, device: torch.device) -> Views:
        """Return the same with all that training takes from them on a device."""
        names = ("features", "boxes", "labels", "crowd")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    def rows(self, chosen: np.ndarray) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return features, boxes, labels and crowds of views."""
        at = torch.from_numpy(chosen).to(self.features.device)
        return self.features[at], self.boxes[at], self.labels[at], self.crowd[at]


def levels_of(rows: Tensor, shapes: Shapes) -> list[Tensor]:
    """Return the levels of rows of features: (n, rows, columns, channels) each."""
    parts = rows.split([prod(shape) for shape in shapes], 1)
    return [part.unflatten(1, shape) for part, shape in zip(parts, shapes, strict=True)]


def of_training(
    backbone: Backbone, images: Images, side: int, crop: int, each: int, seed: int
) -> Views:
    """Return views of every image: scaled, cropped, mirrored, brighter or darker.

    A view is a square of `crop` pixels of an image whose longer side is `side` times the jitter.
    """
    device = images.fine.device
    drawn = torch.from_numpy(draws(np.random.default_rng(seed), len(images) * each)).to(device)
    places = torch.arange(len(images), device=device).repeat_interleave(each)
    truths: list[list[Tensor]] = []

    def pixels() -> Iterator[Tensor]:
        for rows in torch.arange(len(places), device=device).split(BATCH):
            made, *truth = augmented(images, places[rows], drawn[rows], side, crop)
            truths.append(truth)
            yield made

    features, shapes = _features(backbone, pixels(), len(places))
    boxes, labels, crowd = (torch.cat(parts).cpu() for parts in zip(*truths, strict=True))
    first = torch.argsort((labels < 0).to(torch.uint8), dim=1, stable=True)
    boxes = boxes.gather(1, first[..., None].expand(-1, -1, 4))
    of_view = labels.gather(1, first), crowd.gather(1, first), *_placed(images, side)
    return Views(features, boxes, *of_view, each, shapes)


def of_test(backbone: Backbone, images: Images, side: int) -> Views:
    """Return two views of every image: as it is, and mirrored with its padding on the left."""
    places = torch.arange(len(images), device=images.fine.device)

    def pixels() -> Iterator[Tensor]:
        for rows in places.split(BATCH):
            made = plain(images, rows, side)
            yield torch.stack([made, made.flip(-1)], 1).flatten(0, 1)

    features, shapes = _features(backbone, pixels(), 2 * len(images))
    none = [part[:0].cpu() for part in (images.boxes, images.labels, images.crowd)]
    return Views(features, *none, *_placed(images, side), 2, shapes)


def _placed(images: Images, side: int) -> tuple[Tensor, Tensor]:
    shrunk = side / images.fine.shape[-1]
    return images.size.cpu() * shrunk, images.scale.cpu() * shrunk


@torch.inference_mode()
def _features(backbone: Backbone, pixels: Iterator[Tensor], count: int) -> tuple[Tensor, Shapes]:
    """Return the features of images that come in batches, in memory of the processor."""
    device = next(backbone.parameters()).device
    backbone = backbone.to(HALF, memory_format=LAYOUT)
    features: Tensor | None = None
    shapes: Shapes = ()
    done = 0
    for batch in pixels:
        made = batch.to(device, HALF).contiguous(memory_format=LAYOUT)
        levels = [level.permute(0, 2, 3, 1) for level in backbone(made)]
        if features is None:
            shapes = tuple(tuple(level.shape[1:]) for level in levels)
            features = torch.empty(count, sum(map(prod, shapes)), dtype=HALF)
        features[done : done + len(batch)] = torch.cat([level.flatten(1) for level in levels], 1)
        done += len(batch)
    assert features is not None
    return features, shapes
