"""Single images of a dataset in full size, with what is annotated in them."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cocosynth.check.draw import Marked, labelled, outline, rectangle
from cocosynth.check.draw_pose import draw_pose, skeleton_of
from cocosynth.check.preview import CategoryWithPose, MarkedRecord, marked, opened
from cocosynth.check.remarks import remarks_of
from cocosynth.check.worst import Worst
from cocosynth.coco.image_paths import inside
from cocosynth.coco.layout import split_of
from cocosynth.coco.raw_records import ImageKeys, open_document, read_keys
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.suggest import choices
from cocosynth.core.values import Image

_GAP = 8  # pixels between the parts of a picture
_BACK = 32


@dataclass(frozen=True)
class Wanted:
    """Which images are shown.

    Attributes
    ----------
    image_ids : sequence of int
        These; all where it is empty.
    categories : sequence of str
        Those with an object of one of them; all where it is empty.
    worst : {"overlap", "small", "crowded"}, optional
        These first; as in the file by default.
    count : int
        At the most, of each file.
    """

    image_ids: Sequence[int] = ()
    categories: Sequence[str] = ()
    worst: Worst | None = None
    count: int = 12


@dataclass
class Chosen:
    """An image that is shown, and what is annotated in it.

    Attributes
    ----------
    categories : mapping of int to CategoryWithPose
        All of the file, by their ids.
    remark : str
        What to say of it beyond that.
    """

    record: ImageKeys
    path: str
    categories: Mapping[int, CategoryWithPose]
    remark: str
    annotations: list[MarkedRecord] = field(default_factory=list)


def chosen_images(annotation_file: Path, folder: Path, wanted: Wanted) -> list[Chosen]:
    """Choose images of a COCO file.

    Raises
    ------
    CocosynthError
        If the file cannot be read, or lacks a category that is asked for.
    """
    document = open_document(str(annotation_file))
    records = read_keys(document, "categories", CategoryWithPose)
    categories = {record.id: record for record in records}
    names = {key: record.name for key, record in categories.items()}
    for name in wanted.categories:
        if name not in names.values():
            about = choices(name, set(names.values()))
            raise CocosynthError(f"{annotation_file}: no category {name!r}; {about}")
    asked = {key for key, name in names.items() if name in wanted.categories}
    scores: dict[int, list[MarkedRecord]] = {}
    having: set[int] = set()
    for annotation in read_keys(document, "annotations", MarkedRecord):
        if annotation.category_id in asked:
            having.add(annotation.image_id)
        if wanted.worst is not None:
            scores.setdefault(annotation.image_id, []).append(_light(annotation))
    images = {
        record.id: record
        for record in read_keys(document, "images", ImageKeys)
        if (not wanted.image_ids or record.id in wanted.image_ids)
        and (not asked or record.id in having)
    }
    order = [key for key in wanted.image_ids if key in images] or list(images)
    if wanted.worst is not None:
        rank = wanted.worst.rank
        order = heapq.nlargest(wanted.count, order, key=lambda key: rank(scores.get(key, [])))
    remarks = remarks_of(annotation_file, set(order[: wanted.count]))
    chosen = {
        key: _chosen(annotation_file, folder, images[key], categories, remarks.get(key, ""))
        for key in order[: wanted.count]
    }
    for annotation in read_keys(document, "annotations", MarkedRecord):
        if annotation.image_id in chosen:
            chosen[annotation.image_id].annotations.append(annotation)
    return list(chosen.values())


def _light(annotation: MarkedRecord) -> MarkedRecord:
    """Return an annotation without its outline, as there may be a million of them."""
    return MarkedRecord(
        id=annotation.id,
        image_id=annotation.image_id,
        category_id=annotation.category_id,
        iscrowd=annotation.iscrowd,
        bbox=annotation.bbox,
    )


def _chosen(
    annotation_file: Path,
    folder: Path,
    record: ImageKeys,
    categories: Mapping[int, CategoryWithPose],
    remark: str,
) -> Chosen:
    try:
        path = inside(str(folder), record.file_name)
    except UnusableError as error:
        raise CocosynthError(f"{annotation_file}: image {record.id}: {error}") from None
    return Chosen(record, path, categories, remark)


def shown_name(annotation_file: Path, chosen: Chosen) -> str:
    """Return the name of the picture of an image, in letters that every file system takes."""
    split, name = file_letters(split_of(annotation_file)), chosen.record.file_name
    return f"{split}_{chosen.record.id}_{file_letters(Path(name).stem)}.png"


def file_letters(text: str) -> str:
    """Return a text in letters that every file system takes.

    Examples
    --------
    >>> file_letters("../a b.jpg")
    '_a_b.jpg'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)[:80].lstrip(".") or "x"


def overlay(chosen: Chosen) -> Image:
    """Draw outlines, keypoints, boxes and names over an image, in full size.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    image = np.array(opened(chosen.path))
    width = _width(image)
    tags = []
    for annotation, mark in _marks(chosen, image):
        rectangle(image, mark.box, mark.color)
        outline(image, mark, width=width)
        _draw_pose(image, chosen, annotation, mark)
        tags.append(mark)
    return labelled(image, tags, chosen.remark, size=_letters(image))


def side_by_side(chosen: Chosen) -> Image:
    """Draw an image, its masks, and its boxes and keypoints beside each other.

    Returns
    -------
    ndarray of uint8, shape (H, 3 W + gaps, 3)
    """
    plain = opened(chosen.path)
    masks, boxes = np.zeros_like(plain), np.array(plain)
    tags = []
    for annotation, mark in _marks(chosen, plain):
        box = mark.place
        part = masks[box.top : box.bottom, box.left : box.right]
        part[mark.mask] = mark.color
        outline(masks, mark)
        rectangle(boxes, mark.box, mark.color, width=_width(plain))
        _draw_pose(boxes, chosen, annotation, mark)
        tags.append(mark)
    size = _letters(plain)
    parts = [
        labelled(np.ascontiguousarray(plain), [], f"image  {chosen.remark}".rstrip(), size=size),
        labelled(masks, [], "masks", size=size),
        labelled(boxes, tags, "boxes", size=size),
    ]
    return beside(parts)


def beside(parts: Sequence[Image]) -> Image:
    """Set pictures of one height beside each other."""
    gap = np.full((parts[0].shape[0], _GAP, 3), _BACK, dtype=np.uint8)
    return np.hstack([piece for part in parts for piece in (gap, part)][1:])


def _marks(chosen: Chosen, image: Image) -> Iterator[tuple[MarkedRecord, Marked]]:
    size = (image.shape[0], image.shape[1])
    names = {key: category.name for key, category in chosen.categories.items()}
    for number, annotation in enumerate(chosen.annotations):
        yield annotation, marked(annotation, size, names, number)


def _draw_pose(image: Image, chosen: Chosen, annotation: MarkedRecord, mark: Marked) -> None:
    category = chosen.categories.get(annotation.category_id)
    skeleton = skeleton_of(category.skeleton) if category else []
    draw_pose(image, annotation, skeleton, mark.color, width=_width(image))


def _width(image: Image) -> int:
    return max(1, round(max(image.shape) / 800))


def _letters(image: Image) -> int:
    return min(32, max(11, round(max(image.shape) / 50)))
