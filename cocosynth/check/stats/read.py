"""A COCO file as columns of numbers; segmentations are skipped, not parsed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from cocosynth.coco.document import Document, says_more
from cocosynth.coco.layout import scenes_beside
from cocosynth.coco.raw_records import decode_keys
from cocosynth.coco.records import Id
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import CocosynthError
from cocosynth.core.fetching import ask_again
from cocosynth.core.progress import Progress, silent
from cocosynth.core.urls import place
from cocosynth.export.scenes import read_scenes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Record = TypeVar("Record")

_FAR = 1e9
"""No coordinate of a picture is larger."""


class _Image(msgspec.Struct, gc=False):
    id: Id
    width: Any = None
    height: Any = None


class _Category(msgspec.Struct, gc=False):
    id: Id
    name: str


class _Annotation(msgspec.Struct, gc=False):
    image_id: Id
    category_id: Id
    id: Id = -1
    area: Annotated[float, Meta(ge=0, le=1e24)] | None = None
    iscrowd: Annotated[int, Meta(ge=0, le=1)] | bool = 0
    bbox: Any = None
    attributes: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, eq=False)
class Columns:
    """The records of a COCO file, without pixels.

    Attributes
    ----------
    images : int
        How many there are.
    categories : tuple of (int, str)
        Ids and names, in the order of the file.
    image, category : ndarray of int, shape (n,)
        Of each annotation: rows of the tables they refer to.
    area : ndarray of float, shape (n,)
        NaN where the annotation has none.
    crowd : ndarray of bool, shape (n,)
    visibility : ndarray of float, shape (n,)
        Visible pixels as a fraction of all; NaN where nobody knows.
    occluded : ndarray of float, shape (n,)
        1 where something hides a part of the object, 0 where nothing does, NaN where nobody knows.
    box : ndarray of float, shape (n, 4)
        x, y, width, height as they are written; NaN where they are no four numbers.
    size : ndarray of float, shape (images, 2)
        Width and height of each image; NaN where they are no numbers.
    """

    images: int
    categories: tuple[tuple[int, str], ...]
    image: NDArray[np.int64]
    category: NDArray[np.int64]
    area: Floats
    crowd: NDArray[np.bool_]
    visibility: Floats
    occluded: Floats
    box: Floats
    size: Floats


def read_columns(path: str | Path, *, progress: Progress = silent) -> Columns:
    """Read a COCO file of any tool.

    Visibility is taken from `attributes` of the annotations (`visibility`, a fraction, and
    `occluded`, as CVAT writes it), or, for a dataset that `build` made, from its scenes.

    Parameters
    ----------
    path : str or Path
    progress : Progress, optional
        Sees the annotations pass by.

    Raises
    ------
    CocosynthError
        If the file is not one, or an annotation refers to what is not in it.
    """
    ask_again()
    return columns_of(Document(path, on_disk=True), progress=progress)


def columns_of(document: Document, *, progress: Progress = silent) -> Columns:
    """Read the columns of a COCO file that is open; see `read_columns`."""
    path = document.path
    for table in ("images", "annotations", "categories"):
        if not document.is_table(table):
            raise CocosynthError(f"{path}: not a COCO file: it has no list {table!r}")
    image_ids, sizes = _read_images(document)
    categories = [
        (record.id, record.name)
        for _, batch in _batches(document, "categories", _Category)
        for record in batch
    ]
    numbers, area, visibility, occluded, box = _read_annotations(document, progress)
    if np.isnan(visibility).all():
        _add_scenes(place(path), numbers["id"], visibility)
    hidden = np.where(visibility < 1, 1.0, 0.0)
    return Columns(
        images=len(image_ids),
        categories=tuple(categories),
        image=_rows(path, "image", image_ids, numbers["image_id"]),
        category=_rows(
            path,
            "category",
            np.array([number for number, _ in categories], np.int64),
            numbers["category_id"],
        ),
        area=area,
        crowd=numbers["iscrowd"] > 0,
        visibility=visibility,
        occluded=np.where(np.isnan(visibility), occluded, hidden),
        box=box,
        size=sizes,
    )


def _read_images(document: Document) -> tuple[Ints, Floats]:
    """Return ids and sizes; memory is that of numbers, not of records."""
    total = len(document.tables["images"])
    ids, sizes = np.zeros(total, np.int64), np.zeros((total, 2))
    for start, batch in _batches(document, "images", _Image):
        rows = slice(start, start + len(batch))
        ids[rows] = [record.id for record in batch]
        sizes[rows] = _as_numbers([[record.width, record.height] for record in batch], 2)
    return ids, sizes


def _batches(
    document: Document, table: str, kind: type[Record]
) -> Iterator[tuple[int, list[Record]]]:
    """Yield the position of the first record, and the records, a batch at a time."""
    for start, text in document.chunks(table):
        yield start, decode_keys(document, table, kind, start, text)


def _wrong(path: str | Path, reason: str) -> CocosynthError:
    return CocosynthError(f"{path}: {reason}; {says_more(path)}")


_NUMBERS = ("id", "image_id", "category_id", "iscrowd")


def _read_annotations(
    document: Document, progress: Progress
) -> tuple[dict[str, NDArray[np.int64]], Floats, Floats, Floats, Floats]:
    total = len(document.tables["annotations"])
    numbers = {name: np.zeros(total, np.int64) for name in _NUMBERS}
    area, visibility, occluded = (np.full(total, np.nan) for _ in range(3))
    box = np.full((total, 4), np.nan)
    batches = _batches(document, "annotations", _Annotation)
    title = f"reading {PurePath(document.path).name}"
    for start, batch in progress(title, batches, total, lambda batch: len(batch[1])):
        rows = slice(start, start + len(batch))
        for name, column in numbers.items():
            column[rows] = [getattr(record, name) for record in batch]
        area[rows] = [np.nan if record.area is None else record.area for record in batch]
        box[rows] = _as_numbers([record.bbox for record in batch], 4)
        for row, record in enumerate(batch, start):
            if record.attributes:
                visibility[row], occluded[row] = _attributes(record.attributes)
    return numbers, area, visibility, occluded, box


def _as_numbers(rows: list[Any], width: int) -> Floats:
    """Return lists of numbers as rows; what is none is a row of NaN."""
    with suppress(TypeError, ValueError, OverflowError):
        found = np.array(rows, dtype=np.float64)
        if found.shape == (len(rows), width):
            return np.where(np.abs(found) <= _FAR, found, np.nan)
    return np.array([_as_row(row, width) for row in rows]).reshape(-1, width)


def _as_row(row: Any, width: int) -> list[float]:
    wanted = isinstance(row, list) and len(row) == width
    if wanted and all(type(number) in (int, float) and abs(number) <= _FAR for number in row):
        return [float(number) for number in row]
    return [np.nan] * width


def _attributes(text: msgspec.Raw) -> tuple[float, float]:
    """Return visibility and occlusion as far as they are known: what attributes hold is free."""
    try:
        said: Any = msgspec.json.decode(text)
    except UNREADABLE:
        return np.nan, np.nan
    if not isinstance(said, dict):
        return np.nan, np.nan
    fraction: Any = said.get("visibility")
    flag: Any = said.get("occluded")
    if type(fraction) not in (int, float) or not 0 <= fraction <= 1:
        fraction = np.nan
    if type(flag) not in (int, bool) or flag not in (0, 1):
        flag = np.nan
    return fraction, flag


def _rows(path: str | Path, kind: str, ids: Ints, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn ids into rows of the table they refer to."""
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    double = ids[1:][ids[1:] == ids[:-1]]
    if len(double):
        raise _wrong(path, f"two {kind} records have the id {double[0]}")
    found = np.searchsorted(ids, wanted)
    missing = np.flatnonzero(found == len(ids))
    if not len(missing):
        missing = np.flatnonzero(ids[found] != wanted)
    if len(missing):
        where = f"$.annotations[{missing[0]}].{kind}_id"
        raise _wrong(path, f"{where}: no {kind} has the id {wanted[missing[0]]}")
    return order[found]


def _add_scenes(path: Path, ids: NDArray[np.int64], visibility: Floats) -> None:
    """Fill in what the scenes beside an annotation file of ours say of its annotations."""
    scenes = scenes_beside(path)
    if scenes is None:
        return
    order = np.argsort(ids)
    for scene in read_scenes(scenes):
        for number, visible in scene.visibilities():
            found = int(np.searchsorted(ids, number, sorter=order))
            if found < len(ids) and ids[order[found]] == number:
                visibility[order[found]] = visible
