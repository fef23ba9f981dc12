"""A contact sheet: what a person looks at before trusting a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from cocosynth.check.draw import Marked, color_of, labelled, outline, rectangle
from cocosynth.check.draw_pose import draw_pose, skeleton_of
from cocosynth.check.remarks import remarks_of
from cocosynth.coco.document import Document
from cocosynth.coco.image_paths import inside
from cocosynth.coco.masks import decode_in_box
from cocosynth.coco.raw_records import CategoryKeys, ImageKeys, open_document, read_keys
from cocosynth.coco.records import AnnotationRecord, segmentation_of
from cocosynth.core import images
from cocosynth.core.errors import CocosynthError, UnusableError, one_line
from cocosynth.core.image_header import image_header
from cocosynth.core.values import Box, Image, Mask, Size

PICTURES = 20
"""On a sheet, at the most; fewer where their shape leaves less room."""

_SHEET = (1320, 1320)  # height and width that it may have
_AREA = 320 * 240  # pixels of a picture on it: what its names can be read in
_SIDES = (120, 640)  # the shortest and the longest that a picture may have
_GAP = 6


class CategoryWithPose(CategoryKeys, frozen=True, gc=False):
    """A category, and which of its keypoints a line joins."""

    skeleton: Any = None


class MarkedRecord(AnnotationRecord, frozen=True, gc=False):
    """An annotation with the box that it names."""

    bbox: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class _Picture:
    """An image of a dataset, and what is annotated in it."""

    caption: str
    path: str
    annotations: list[MarkedRecord]
    names: Mapping[int, str]  # of the categories
    skeletons: Mapping[int, list[tuple[int, int]]]  # of those that have one


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
    grid = _grid(_first_size(datasets))
    count = max(1, grid.pictures // max(1, len(datasets)))
    pictures = [picture for dataset in datasets for picture in _pictures(*dataset, count)]
    columns = min(grid.columns, max(1, len(pictures)))
    rows = max(1, -(-len(pictures) // columns))
    tall, wide = (side + _GAP for side in grid.cell)
    sheet = np.full((rows * tall + _GAP, columns * wide + _GAP, 3), 32, dtype=np.uint8)
    for position, picture in enumerate(pictures):
        row, col = divmod(position, columns)
        top, left = _GAP + row * tall, _GAP + col * wide
        cell = _draw(picture, grid.cell)
        top, left = (
            top + (tall - _GAP - cell.shape[0]) // 2,
            left + (wide - _GAP - cell.shape[1]) // 2,
        )
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


@dataclass(frozen=True)
class _Grid:
    """How a sheet is divided: pictures, columns, and the height and width of each cell."""

    pictures: int
    columns: int
    cell: Size


def _grid(size: Size) -> _Grid:
    """Divide a sheet for pictures of a shape."""
    ratio = size[1] / size[0]
    low, high = _SIDES
    width = min(max((_AREA * ratio) ** 0.5, low), high)
    height = min(max(width / ratio, low), high)
    width = min(max(height * ratio, low), high)
    columns = max(1, int((_SHEET[1] - _GAP) // (width + _GAP)))
    rows = max(1, int((_SHEET[0] - _GAP) // (height + _GAP)))
    return _Grid(min(PICTURES, rows * columns), columns, (round(height), round(width)))


def _first_size(datasets: Sequence[tuple[Path, Path]]) -> Size:
    """Return the size of the first image, as its file says; the usual one where there is none."""
    for annotation_file, folder in datasets:
        for record in read_keys(_opened(annotation_file), "images", ImageKeys):
            path = _path(annotation_file, folder, record)
            try:
                return image_header(path).size
            except UnusableError as error:
                raise CocosynthError(f"{path}: {error}") from None
    return (480, 640)


def _opened(annotation_file: Path) -> Document:
    return open_document(str(annotation_file), on_disk=True)


def _path(annotation_file: Path, folder: Path, record: ImageKeys) -> str:
    try:
        return inside(str(folder), record.file_name)
    except UnusableError as error:
        raise CocosynthError(f"{annotation_file}: image {record.id}: {error}") from None


def _pictures(annotation_file: Path, folder: Path, count: int) -> list[_Picture]:
    """Return the first images of a file, with their annotations."""
    document = _opened(annotation_file)
    categories = list(read_keys(document, "categories", CategoryWithPose))
    names = {record.id: record.name for record in categories}
    skeletons = {record.id: skeleton_of(record.skeleton) for record in categories}
    found: dict[int, list[MarkedRecord]] = {}
    pictures = []
    first = list(islice(read_keys(document, "images", ImageKeys), count))
    remarks = remarks_of(annotation_file, {record.id for record in first})
    for record in first:
        annotations = found.setdefault(record.id, [])
        path = _path(annotation_file, folder, record)
        caption = f"{folder.name}/{record.file_name}  {remarks.get(record.id, '')}".rstrip()
        pictures.append(_Picture(caption, path, annotations, names, skeletons))
    for annotation in read_keys(document, "annotations", MarkedRecord):
        if annotation.image_id in found:
            found[annotation.image_id].append(annotation)
    return pictures


def _draw(picture: _Picture, cell: Size) -> Image:
    """Draw an image and its annotations in the size of a cell, one mask at a time."""
    image = opened(picture.path)
    size = (image.shape[0], image.shape[1])
    scale = min(cell[0] / size[0], cell[1] / size[1])
    width, height = max(1, round(size[1] * scale)), max(1, round(size[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.ascontiguousarray(cv2.resize(image, (width, height), interpolation=method))
    tags = []
    for number, annotation in enumerate(picture.annotations):
        mark = marked(annotation, size, picture.names, number)
        rectangle(small, mark.box, mark.color, scale=scale)
        outline(small, mark, scale=scale)
        skeleton = picture.skeletons.get(annotation.category_id, ())
        draw_pose(small, annotation, skeleton, mark.color, scale=scale)
        tags.append(replace(mark, mask=np.zeros((0, 0), dtype=np.bool_)))
    return labelled(small, tags, picture.caption, scale=scale, size=11)


def opened(path: str) -> Image:
    """Read an image as it is stored.

    Raises
    ------
    CocosynthError
        If it cannot be read.
    """
    try:
        return images.read_image(path, upright=False)
    except UnusableError as error:
        raise CocosynthError(f"{path}: {error}") from None


def marked(annotation: MarkedRecord, size: Size, names: Mapping[int, str], number: int) -> Marked:
    """Return what is drawn of an annotation; its mask is empty where there is none to read.

    Parameters
    ----------
    annotation : MarkedRecord
    size : tuple of int
        Height and width of its image.
    names : mapping of int to str
        Of all categories.
    number : int
        The position of the annotation in its image.
    """
    mask, place = _mask_of(annotation, size)
    category = annotation.category_id
    name = one_line(names.get(category, f"category {category}"))
    name = f"{name} (crowd)" if annotation.iscrowd else name
    ids = {key: position for position, key in enumerate(names)}
    color = color_of(ids.get(category, len(ids)), len(ids), number)
    return Marked(mask, place, _box_of(annotation, place, size), name, color)


def _mask_of(annotation: MarkedRecord, size: Size) -> tuple[Mask, Box]:
    """Return the mask of an annotation and its place, empty where there is none to read."""
    try:
        return decode_in_box(segmentation_of(annotation), size)
    except UnusableError:
        return np.zeros((0, 0), dtype=np.bool_), Box(0, 0, 0, 0)


def _box_of(annotation: MarkedRecord, place: Box, size: Size) -> Box:
    if annotation.bbox is None:
        return place
    left, top, width, height = annotation.bbox
    sides = (top, left, top + height, left + width)
    bounded = (round(min(max(side, 0), 1e6)) for side in sides)
    return Box(*bounded).clipped(size)
