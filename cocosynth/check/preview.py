"""A contact sheet: what a person looks at before trusting a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth.check.draw_pose import draw_pose
from cocosynth.coco.image_paths import inside
from cocosynth.coco.masks import decode_in_box
from cocosynth.coco.raw_records import CategoryKeys, ImageKeys, open_document, read_keys
from cocosynth.coco.records import AnnotationRecord, segmentation_of
from cocosynth.core import images
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import Box, Image, Mask, Size

PICTURES = 12
COLUMNS = 4
_CELL = (240, 320)  # height and width of one picture on the sheet
_GAP = 6
_GOLDEN = 0.618034  # steps of the hue circle that never come close to each other


class _Category(CategoryKeys, frozen=True, gc=False):
    skeleton: Any = None


class _Annotation(AnnotationRecord, frozen=True, gc=False):
    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class _Picture:
    """An image of a dataset, and what is annotated in it."""

    caption: str
    path: str
    annotations: list[_Annotation]
    names: Mapping[int, str]  # of the categories
    skeletons: Mapping[int, list[tuple[int, int]]]  # of those that have one


@dataclass(frozen=True)
class _Tag:
    """What is written beside an annotation, and around which box."""

    name: str
    box: Box
    color: tuple[int, int, int]


def contact_sheet(datasets: Sequence[tuple[Path, Path]]) -> Image:
    """Draw the first images of some datasets in a grid, their annotations over them.

    They are read back from disk, one image at a time, as any client would.

    Parameters
    ----------
    datasets : sequence of (Path, Path)
        Annotation file, and the folder of its images.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)

    Raises
    ------
    CocosynthError
        If a file cannot be read.
    """
    count = max(1, PICTURES // max(1, len(datasets)))
    pictures = [picture for dataset in datasets for picture in _pictures(*dataset, count)]
    rows = max(1, -(-len(pictures) // COLUMNS))
    columns = min(COLUMNS, max(1, len(pictures)))
    height = rows * (_CELL[0] + _GAP) + _GAP
    width = columns * (_CELL[1] + _GAP) + _GAP
    sheet = np.full((height, width, 3), 32, dtype=np.uint8)
    for position, picture in enumerate(pictures):
        row, col = divmod(position, columns)
        top, left = _GAP + row * (_CELL[0] + _GAP), _GAP + col * (_CELL[1] + _GAP)
        cell = _draw(picture)
        top, left = top + (_CELL[0] - cell.shape[0]) // 2, left + (_CELL[1] - cell.shape[1]) // 2
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def _pictures(annotation_file: Path, folder: Path, count: int) -> list[_Picture]:
    """Return the first images of a file, with their annotations."""
    document = open_document(str(annotation_file))
    categories = list(read_keys(document, "categories", _Category))
    names = {record.id: record.name for record in categories}
    skeletons = {record.id: _pairs(record.skeleton) for record in categories}
    found: dict[int, list[_Annotation]] = {}
    pictures = []
    for record in islice(read_keys(document, "images", ImageKeys), count):
        annotations = found.setdefault(record.id, [])
        try:
            path = inside(str(folder), record.file_name)
        except UnusableError as error:
            raise CocosynthError(f"{annotation_file}: image {record.id}: {error}") from None
        caption = f"{folder.name}/{record.file_name}"
        pictures.append(_Picture(caption, path, annotations, names, skeletons))
    for annotation in read_keys(document, "annotations", _Annotation):
        if annotation.image_id in found:
            found[annotation.image_id].append(annotation)
    return pictures


def _draw(picture: _Picture) -> Image:
    """Draw an image and its annotations in the size of a cell, one mask at a time."""
    image = _opened(picture.path)
    size = (image.shape[0], image.shape[1])
    scale = min(_CELL[0] / size[0], _CELL[1] / size[1])
    width, height = max(1, round(size[1] * scale)), max(1, round(size[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cell = np.ascontiguousarray(cv2.resize(image, (width, height), interpolation=method))
    tags = []
    for number, annotation in enumerate(picture.annotations):
        color = _color(number)
        mask, place = _mask_of(annotation, size)
        box = _box_of(annotation, place, size)
        small = _shrunk(mask, place, size, (height, width))
        edges, _ = cv2.findContours(small, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        tinted = cell[small > 0].astype(np.uint16) * 3 + np.array(color, dtype=np.uint16)
        cell[small > 0] = (tinted // 4).astype(np.uint8)
        cv2.drawContours(cell, edges, -1, color, 1)
        sides = [round(side * scale) for side in box]
        cv2.rectangle(cell, (sides[1], sides[0]), (sides[3] - 1, sides[2] - 1), color, 1)
        skeleton = picture.skeletons.get(annotation.category_id, ())
        draw_pose(cell, annotation, skeleton, color, scale=scale)
        name = picture.names.get(annotation.category_id, f"category {annotation.category_id}")
        tags.append(_Tag(f"{name} (crowd)" if annotation.iscrowd else name, box, color))
    return _label(cell, picture.caption, tags, scale)


def _pairs(skeleton: Any) -> list[tuple[int, int]]:
    """Return a skeleton, empty where it is none: `validate` says more of it."""
    try:
        return msgspec.convert(skeleton or [], list[tuple[int, int]])
    except msgspec.ValidationError:
        return []


def _opened(path: str) -> Image:
    try:
        return images.read_image(path, upright=False)
    except UnusableError as error:
        raise CocosynthError(f"{path}: {error}") from None


def _mask_of(annotation: _Annotation, size: Size) -> tuple[Mask, Box]:
    """Return the mask of an annotation and its place, empty where there is none to read."""
    try:
        return decode_in_box(segmentation_of(annotation), size)
    except UnusableError:
        return np.zeros((0, 0), dtype=np.bool_), Box(0, 0, 0, 0)


def _shrunk(mask: Mask, place: Box, size: Size, cell: Size) -> NDArray[np.uint8]:
    """Return what `cv2.resize` makes of the whole mask: the pixel at the corner of each new one."""
    small = np.zeros(cell, dtype=np.uint8)
    spans = ((place.top, place.bottom), (place.left, place.right))
    shown, taken = [], []
    for (low, high), long, short in zip(spans, size, cell, strict=True):
        source = np.minimum(np.floor(np.arange(short) * (1 / (short / long))), long - 1).astype(int)
        inside = np.flatnonzero((source >= low) & (source < high))
        shown.append(inside)
        taken.append(source[inside] - low)
    if len(shown[0]) and len(shown[1]):
        small[np.ix_(*shown)] = mask[np.ix_(*taken)]
    return small


def _box_of(annotation: _Annotation, place: Box, size: Size) -> Box:
    if annotation.bbox is None:
        return place
    left, top, width, height = annotation.bbox
    sides = (top, left, top + height, left + width)
    bounded = (round(min(max(side, 0), 1e6)) for side in sides)
    return Box(*bounded).clipped(size)


def _label(cell: Image, caption: str, tags: Sequence[_Tag], scale: float) -> Image:
    picture = pillow.fromarray(cell)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(11)
    for tag in tags:
        at = (tag.box.left * scale + 2, max(0.0, tag.box.top * scale - 1))
        draw.rectangle(draw.textbbox(at, tag.name, font=font), fill=tag.color)
        draw.text(at, tag.name, fill=(0, 0, 0), font=font)
    at = (3.0, cell.shape[0] - 14.0)
    draw.rectangle(draw.textbbox(at, caption, font=font), fill=(0, 0, 0))
    draw.text(at, caption, fill=(255, 255, 255), font=font)
    return np.asarray(picture)


def _color(number: int) -> tuple[int, int, int]:
    hue = int((number * _GOLDEN % 1.0) * 179)
    pixel = np.array([[[hue, 190, 255]]], dtype=np.uint8)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)
