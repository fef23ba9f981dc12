"""The work on a batch of images, in a worker: files put in place, records given to each format."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cocosynth.coco.keypoints import NOWHERE, read_keypoints, within_photo
from cocosynth.coco.layout import Layout
from cocosynth.coco.masks import decode_in_box
from cocosynth.coco.records import segmentation_of
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_header import image_header
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import Skipped, SkippedRow
from cocosynth.core.values import (
    Annotation,
    Background,
    Box,
    Category,
    Composite,
    Keypoints,
    Scene,
    Size,
)
from cocosynth.datasets.convert.read import Batch, BoxedRecord, Item
from cocosynth.export.formats import Format

_NO_PIXEL = "annotation whose mask has no pixel"
_NO_BOX = "annotation whose box has no part in its image"
_NEITHER = "annotation without mask and without box"

XYWH = tuple[float, float, float, float]


class ImagePart(msgspec.Struct, frozen=True):
    """The ids of an image and its annotations, and the part of each format as JSON."""

    image_id: int
    annotation_ids: list[int]
    parts: list[msgspec.Raw]


@dataclass(frozen=True)
class MadeBatch:
    """What became of a batch: a line of JSON for each image."""

    split: str
    lines: list[bytes]
    skipped: list[SkippedRow]


@dataclass(frozen=True)
class Converter:
    """Converts batches of images.

    Attributes
    ----------
    stage : Path
        The folder of the new dataset.
    formats : sequence of Format
    categories : sequence of Category
    link : bool
        Give image files a second name instead of copying them.
    """

    stage: Path
    formats: Sequence[Format]
    categories: Sequence[Category]
    link: bool

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.stage,)

    def __call__(self, batch: Batch) -> MadeBatch:
        skipped = Skipped()
        lines = [self._line(batch.split, item, skipped) for item in batch.items]
        return MadeBatch(batch.split, lines, skipped.rows())

    def _line(self, split: str, item: Item, skipped: Skipped) -> bytes:
        self._place(split, item)
        categories = {category.id: category for category in self.categories}
        annotations, ids = [], []
        for record in item.annotations:
            try:
                found = annotation_of(record, categories[record.category_id], item.size)
            except UnusableError as error:
                skipped.add(split, error.reason, example=f"annotation {record.id}")
                continue
            annotations.append(found)
            ids.append(record.id)
        sample = _sample(split, item, annotations)
        parts = [format.write(sample) for format in self.formats]
        return msgspec.json.encode(ImagePart(item.image_id, ids, parts))

    def _place(self, split: str, item: Item) -> None:
        """Put the file of an image into the new dataset, as it is."""
        try:
            header = image_header(item.path)
        except UnusableError as error:
            raise CocosynthError(
                f"{item.path}: image {item.image_id}: {error}; replace the file, or remove the "
                "image from the annotations"
            ) from None
        if item.size not in (header.size, header.upright_size):
            (height, width), (rows, cols) = header.size, item.size
            raise CocosynthError(
                f"{item.path}: image {item.image_id}: the file is {width} x {height} pixels, its "
                f"record says {cols} x {rows}; `python -m cocosynth validate` with --images "
                "explains it"
            )
        target = Layout(self.stage).images(split) / item.file_name
        if self.link:
            try:
                os.link(os.path.realpath(item.path), target)
            except OSError:
                pass  # another file system: copied
            else:
                return
        files.write_atomic(target, files.read_bytes(item.path))


def _sample(split: str, item: Item, annotations: list[Annotation]) -> Sample:
    """Return an image as exporters take it; its pixels stay in its file, which none looks into."""
    height, width = item.size
    background = Background(item.photo, Box(0, 0, height, width))
    nothing = np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0), np.uint16)
    scene = Scene(split, item.photo, item.size, background, ())
    return Sample(item.file_name, scene, Composite(*nothing, ()), annotations, ())


def annotation_of(record: BoxedRecord, category: Category, size: Size) -> Annotation:
    """Read an annotation: its mask, or, where it has none, its box.

    Raises
    ------
    UnusableError
        If nothing of it is in the image.
    """
    segmentation = segmentation_of(record)
    bbox = _clipped(record.bbox, size)
    if segmentation is not None:
        mask, box = decode_in_box(segmentation, size)
        if not mask.size:
            raise UnusableError(_NO_PIXEL)
    elif bbox is None:
        raise UnusableError(_NO_BOX if record.bbox else _NEITHER)
    else:
        box = _around(bbox, size)
        mask = np.ones(box.size, dtype=np.bool_)
    return Annotation(
        category_id=record.category_id,
        mask=mask,
        box=box,
        area=int(np.count_nonzero(mask)),
        crowd=bool(record.iscrowd),
        visibility=1.0,
        placement=None,
        background_annotation_id=record.id,
        keypoints=_keypoints(record, category, size),
        bbox=bbox,
        masked=segmentation is not None,
    )


def _keypoints(record: BoxedRecord, category: Category, size: Size) -> Keypoints:
    count = len(category.keypoints)
    found = within_photo(read_keypoints(record), size) if count else ()
    return found if len(found) == count else (NOWHERE,) * count


def _clipped(bbox: Any, size: Size) -> XYWH | None:
    """Return the part of a box that lies in the image; None where there is none."""
    numbers = bbox if isinstance(bbox, list) and len(bbox) == 4 else []
    if not numbers or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        return None
    x, y, w, h = numbers
    height, width = size
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + w, width), min(y + h, height)
    if right <= left or bottom <= top:
        return None
    inside = left == x and top == y and right == x + w and bottom == y + h
    return (x, y, w, h) if inside else (left, top, right - left, bottom - top)


def _around(bbox: XYWH, size: Size) -> Box:
    """Return the pixels that a box touches."""
    x, y, w, h = bbox
    right, bottom = min(math.ceil(x + w), size[1]), min(math.ceil(y + h), size[0])
    return Box(math.floor(y), math.floor(x), bottom, right)
