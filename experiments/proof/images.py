"""Images in memory, decoded once, and what is done to them in training."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

MOST = 64  # boxes of an image; of more, the largest
SCALES = (0.5, 1.5)
LEAST_SEEN, LEAST_SIDE = 0.3, 3.0  # of a box that is cut by the border of the crop


@dataclass(frozen=True)
class Images:
    """Images in squares, in two sizes, with their boxes in pixels of the larger one.

    Attributes
    ----------
    fine, coarse : Tensor, (n, 3, s, s) and (n, 3, s / 2, s / 2) of uint8
    size : Tensor, (n, 2)
        Width and height of what is not padding, in the larger one.
    boxes, labels, crowd : Tensor
        As `loss_of` wants them.
    scale : Tensor, (n,)
        Pixels here of one in the file.
    """

    fine: Tensor
    coarse: Tensor
    size: Tensor
    boxes: Tensor
    labels: Tensor
    crowd: Tensor
    scale: Tensor

    def __len__(self) -> int:
        return len(self.fine)

    def to(self, device: torch.device) -> Images:
        return Images(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))

    @staticmethod
    def joined(parts: Sequence[Images]) -> Images:
        names = Images.__dataclass_fields__
        return Images(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def load(coco: Path, folder: Path, categories: Sequence[str], side: int) -> Images:
    """Read the images of a COCO file, resized so that the longer side is `side`."""
    content = json.loads(coco.read_bytes())
    numbers = {name: number for number, name in enumerate(categories)}
    label = {c["id"]: numbers.get(c["name"], -1) for c in content["categories"]}
    by_image = defaultdict(list)
    for annotation in content["annotations"]:
        if label[annotation["category_id"]] >= 0:
            by_image[annotation["image_id"]].append(annotation)
    count = len(content["images"])
    fine = np.full((count, side, side, 3), 127, np.uint8)
    coarse = np.full((count, side // 2, side // 2, 3), 127, np.uint8)
    size, scale = np.zeros((count, 2), np.float32), np.zeros(count, np.float32)
    boxes = np.zeros((count, MOST, 4), np.float32)
    labels = np.full((count, MOST), -1, np.int64)
    crowd = np.zeros((count, MOST), bool)
    for at, record in enumerate(content["images"]):
        path = folder / record["file_name"]
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is None:
            raise SystemExit(f"{path}: cannot be read")
        factor = side / max(pixels.shape[:2])
        for target, part in ((fine, 1), (coarse, 2)):
            height, width = (max(1, round(s * factor / part)) for s in pixels.shape[:2])
            way = cv2.INTER_AREA if factor / part < 1 else cv2.INTER_LINEAR
            target[at, :height, :width] = cv2.resize(pixels, (width, height), interpolation=way)
        size[at], scale[at] = np.array(pixels.shape[1::-1]) * factor, factor
        found = sorted(by_image[record["id"]], key=_first)[:MOST]
        for place, annotation in enumerate(found):
            x, y, w, h = annotation["bbox"]
            boxes[at, place] = np.array([x, y, x + w, y + h]) * factor
            labels[at, place] = label[annotation["category_id"]]
            crowd[at, place] = bool(annotation.get("iscrowd"))
    planes = (torch.from_numpy(a[..., ::-1].transpose(0, 3, 1, 2).copy()) for a in (fine, coarse))
    others = (torch.from_numpy(array) for array in (size, boxes, labels, crowd, scale))
    return Images(*planes, *others)


def _first(annotation: dict[str, Any]) -> tuple[bool, float]:
    """Put crowds first, then what is large."""
    _, _, width, height = annotation["bbox"]
    return not annotation.get("iscrowd"), -width * height


def draws(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw how each of a number of images is changed: (count, 6), as `augmented` takes it."""
    low, high = np.log(SCALES)
    return np.stack(
        [
            np.exp(rng.uniform(low, high, count)),
            rng.random(count),  # where the crop is
            rng.random(count),
            rng.random(count) < 0.5,  # mirrored
            rng.uniform(0.7, 1.3, count),  # brightness
            rng.uniform(0.8, 1.2, count),  # contrast
        ],
        -1,
    ).astype(np.float32)


def augmented(
    images: Images, chosen: Tensor, drawn: Tensor, side: int, crop: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Scale, crop, mirror and brighten images; return them, boxes, labels and crowds."""
    jitter, u, v, mirrored, brightness, contrast = drawn.unbind(1)
    zoom = jitter * (side / images.fine.shape[-1])
    origin = torch.stack([u, v], 1) * (images.size[chosen] * zoom[:, None] - crop)
    pixels = _crop(images, chosen, zoom, origin, mirrored, crop)
    pixels = (pixels * contrast.view(-1, 1, 1, 1) + brightness.view(-1, 1, 1, 1) - 1).clamp(-1, 1)
    boxes = images.boxes[chosen] * zoom.view(-1, 1, 1) - origin.repeat(1, 2)[:, None]
    whole = (boxes[..., 2:] - boxes[..., :2]).prod(-1)
    boxes = boxes.clamp(0, crop)
    flipped = torch.stack(
        [crop - boxes[..., 2], boxes[..., 1], crop - boxes[..., 0], boxes[..., 3]], -1
    )
    boxes = torch.where(mirrored.view(-1, 1, 1) > 0.5, flipped, boxes)
    sides = boxes[..., 2:] - boxes[..., :2]
    seen = (sides.prod(-1) >= LEAST_SEEN * whole) & (sides.amin(-1) >= LEAST_SIDE)
    crowd = images.crowd[chosen]
    labels = torch.where(seen | crowd, images.labels[chosen], -1)
    return pixels, boxes, labels, crowd & (sides.amin(-1) > 0)


def _crop(
    images: Images, chosen: Tensor, zoom: Tensor, origin: Tensor, mirrored: Tensor, side: int
) -> Tensor:
    """Sample squares; of an image that shrinks, from the smaller one, so that nothing flickers."""
    place = torch.arange(side, device=zoom.device) + 0.5
    across = torch.where(mirrored[:, None] > 0.5, side - place, place)
    x = (across + origin[:, :1]) / zoom[:, None] / images.fine.shape[-1] * 2 - 1
    y = (place + origin[:, 1:]) / zoom[:, None] / images.fine.shape[-1] * 2 - 1
    grid = torch.stack(torch.broadcast_tensors(x[:, None, :], y[:, :, None]), -1)
    share = (2 * zoom - 1).clamp(0, 1).view(-1, 1, 1, 1)  # of the larger one
    fine, coarse = (
        functional.grid_sample((part[chosen].float() - 127) / 128, grid, align_corners=False)
        for part in (images.fine, images.coarse)
    )
    return fine * share + coarse * (1 - share)


def plain(images: Images, chosen: Tensor, side: int) -> Tensor:
    """Return images as they are tested: the longer side is `side`, nothing else is changed."""
    count = len(chosen)
    none = torch.zeros(count, device=chosen.device)
    zoom = torch.full_like(none, side / images.fine.shape[-1])
    return _crop(images, chosen, zoom, torch.stack([none, none], 1), none, side)
