"""COCO JSON to typed records; segmentations stay raw until they are asked for.

What the schema of COCO files accepts, these types accept as well.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta
from msgspec.structs import force_setattr

from cocosynth.coco.annotation_table import AnnotationReader, AnnotationTable
from cocosynth.coco.annotation_table import AnnotationRecord as AnnotationRecord
from cocosynth.coco.annotation_table import OwnId as OwnId
from cocosynth.coco.captions import has_captions, without_captions
from cocosynth.coco.document import join
from cocosynth.coco.members import read_members
from cocosynth.coco.on_disk import find_tables
from cocosynth.coco.part_names import parts_of
from cocosynth.coco.spelling import decode_records, name_in_url
from cocosynth.coco.texts import NULL
from cocosynth.core import files
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import License

PROVENANCE = ("coco_url", "flickr_url", "url", "attribution")
"""Keys of an image record that say where a photograph is from."""

Id = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]  # what every reader of JSON agrees on
LARGEST_CATEGORY_ID = 2**52
CategoryId = Annotated[  # leaves room for those that have none
    int, Meta(ge=-LARGEST_CATEGORY_ID, le=LARGEST_CATEGORY_ID)
]


class ImageRecord(msgspec.Struct, frozen=True, gc=False):
    """An image record; keys that are not here are not read."""

    id: Id
    width: int
    height: int
    file_name: str = None  # type: ignore[assignment]  # until `__post_init__` finds one
    license: int | None = None
    coco_url: Any = None
    flickr_url: Any = None
    url: Any = None
    attribution: Any = None

    def __post_init__(self) -> None:
        name_image(self)
        keep_texts(self, PROVENANCE)


class CategoryRecord(msgspec.Struct, frozen=True, gc=False):
    id: CategoryId
    name: Annotated[str, Meta(min_length=1)]
    supercategory: Any = None
    keypoints: tuple[str, ...] | None = None
    skeleton: tuple[tuple[int, int], ...] | None = None
    keypoint_flip_map: tuple[tuple[str, str], ...] | None = None
    isthing: Any = None

    @property
    def is_stuff(self) -> bool:
        """Whether it is no object that can be counted: ``isthing: 0`` of COCO panoptic."""
        return self.isthing in (0, False) and self.isthing is not None

    def __post_init__(self) -> None:
        keep_texts(self, ("supercategory",))


class LicenseRecord(msgspec.Struct, frozen=True, gc=False):
    id: int
    name: Any = None
    url: Any = None

    def __post_init__(self) -> None:
        keep_texts(self, ("name", "url"))


def name_image(record: Any) -> None:
    """Name an image record that has no file name by its address, as LVIS means it."""
    if record.file_name is None:
        name = name_in_url(record.coco_url)
        if name is None:
            raise ValueError("the key 'file_name' is missing")
        force_setattr(record, "file_name", name)


def keep_texts(record: Any, keys: Iterable[str]) -> None:
    """Forget what is no text under keys that only texts mean something under."""
    for key in keys:
        if getattr(record, key) is not None and not isinstance(getattr(record, key), str):
            force_setattr(record, key, None)


class Dataset(msgspec.Struct, frozen=True):
    """A COCO instances file, without pixels.

    Attributes
    ----------
    images, categories, licenses : list
    annotations : AnnotationTable
    captions : int
        How many sentences were among the annotations.
    """

    images: list[ImageRecord]
    annotations: AnnotationTable
    categories: list[CategoryRecord]
    licenses: list[LicenseRecord] = []
    captions: int = 0


UNKNOWN_LICENSE = License("Unknown", "")


def read_dataset(path: str) -> Dataset:
    """Read a COCO instances file.

    Raises
    ------
    CocosynthError
        If it is not one; the text names the file, the place in it, and the rule.
    """

    def wrong(reason: object) -> CocosynthError:
        hint = f"`python -m cocosynth validate {path}` explains it"
        return CocosynthError(f"{path}: not a COCO instances file: {reason}; {hint}")

    tables = _tables_on_disk(path, wrong) or _tables_in_memory(path, wrong)
    captions = tables.pop("captions")
    for name, table in tables.items():
        _refuse_double_ids(path, name, table)
    return Dataset(**tables, captions=captions)


_KINDS = {"images": "image", "annotations": "annotation", "categories": "category"}
_KINDS["licenses"] = "license"
_TABLES: dict[str, Any] = {
    "images": list[ImageRecord],
    "annotations": list[AnnotationRecord],
    "categories": list[CategoryRecord],
    "licenses": list[LicenseRecord],
}


Wrong = Callable[[object], CocosynthError]


def _tables_on_disk(path: str, wrong: Wrong) -> dict[str, Any] | None:
    """Read a file piece by piece, so that it is never in memory; None where it is unusual."""
    if parts_of(path) is not None or not hasattr(os, "pread"):
        return None
    try:
        if not files.local(path).is_file():  # a pipe can be read once only
            return None
        reader = AnnotationReader(path)
    except OSError:
        return None
    found = find_tables(path, tuple(_TABLES), annotations=reader)
    annotations = found and reader.table(path)
    if found is None or annotations is None:
        return None
    if "licenses" not in found.tables and found.members.get("licenses", NULL) != NULL:
        return None  # no list: there is a text for that where all of it is read
    texts = {
        name: msgspec.Raw(join(table[:]))
        for name, table in found.tables.items()
        if name != "annotations"
    }
    others = {name: _table(name, text, wrong) for name, text in texts.items()}
    return {"captions": 0, "annotations": annotations, **others}


def _tables_in_memory(path: str, wrong: Wrong) -> dict[str, Any]:
    members = read_members(path)
    if members.hides:
        raise wrong("a key of the file occurs more than once")
    tables = _tables(members.raws, wrong)
    return {**tables, "annotations": AnnotationTable.of(tables["annotations"])}


def _tables(members: dict[str, msgspec.Raw], wrong: Wrong) -> dict[str, Any]:
    if members.get("licenses") == msgspec.Raw(b"null"):
        members = {name: raw for name, raw in members.items() if name != "licenses"}
    for name in _TABLES:
        if name not in members and name != "licenses":
            raise wrong(f"the key {name!r} is missing")
    tables: dict[str, Any] = {"captions": 0}
    for name in _TABLES:
        if name == "annotations" and has_captions(members[name]):
            tables[name], tables["captions"] = without_captions(
                members[name],
                AnnotationRecord,
                lambda fault, at: wrong(fault.at("$.annotations", first=at)),
            )
        elif name in members:
            tables[name] = _table(name, members[name], wrong)
    return tables


def _table(name: str, content: msgspec.Raw, wrong: Wrong) -> list[Any]:
    records: list[Any] = decode_records(
        content, _TABLES[name], lambda fault: wrong(fault.at(f"$.{name}"))
    )
    return records


def _refuse_double_ids(path: str, name: str, table: Any) -> None:
    is_table = isinstance(table, AnnotationTable)
    ids = table.ids if is_table else np.array([record.id for record in table], dtype=np.int64)
    if (np.diff(np.sort(ids)) == 0).any():
        double = next(number for number, times in Counter(ids.tolist()).items() if times > 1)
        kind = _KINDS[name]
        raise CocosynthError(f"{path}: two {kind} records have the id {double}; ids must be unique")


def segmentation_of(annotation: AnnotationRecord) -> Any:
    """Parse an annotation's segmentation: polygons, an RLE, or None where it has none.

    Raises
    ------
    UnusableError
        If it holds what only looks like JSON as long as nobody reads it.
    """
    try:
        return msgspec.json.decode(annotation.segmentation)
    except UNREADABLE:
        raise UnusableError("segmentation cannot be read") from None


def licenses_of(dataset: Dataset) -> dict[int | None, License]:
    return {record.id: License(record.name or "", record.url or "") for record in dataset.licenses}
