"""COCO JSON to typed records; segmentations stay raw until they are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from cocosynth.coco.duplicate_keys import hides_member
from cocosynth.core import files
from cocosynth.core.decoding import UNREADABLE, decode
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import License

PROVENANCE = ("coco_url", "flickr_url", "url", "attribution")
"""Keys of an image record that say where a photograph is from."""

Id = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]  # what every reader of JSON agrees on
OwnId = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class ImageRecord(msgspec.Struct, frozen=True, gc=False):
    """An image record; keys that are not here are not read."""

    id: Id
    file_name: str
    width: int
    height: int
    license: int | None = None
    coco_url: str | None = None
    flickr_url: str | None = None
    url: str | None = None
    attribution: str | None = None


class AnnotationRecord(msgspec.Struct, frozen=True, gc=False):
    """An annotation; `segmentation` is its JSON text."""

    id: OwnId
    image_id: int
    category_id: int
    segmentation: msgspec.Raw = msgspec.Raw(b"null")
    iscrowd: Annotated[int, Meta(ge=0, le=1)] = 0
    keypoints: msgspec.Raw = msgspec.Raw(b"null")


CARRIED = ("keypoints",)
"""Keys of an annotation that travel with its object; `coco.fields` knows what they mean."""


def carried(annotation: AnnotationRecord) -> list[tuple[str, msgspec.Raw]]:
    """Return those that an annotation has, undecoded."""
    found = [(name, getattr(annotation, name)) for name in CARRIED]
    return [(name, raw) for name, raw in found if bytes(raw) != b"null"]


class CategoryRecord(msgspec.Struct, frozen=True, gc=False):
    id: Annotated[int, Meta(ge=-(2**52), le=2**52)]  # leaves room for those that have none
    name: Annotated[str, Meta(min_length=1)]
    supercategory: str | None = None
    keypoints: tuple[str, ...] | None = None
    skeleton: tuple[tuple[int, int], ...] | None = None


class LicenseRecord(msgspec.Struct, frozen=True, gc=False):
    id: int
    name: str | None = None
    url: str | None = None


class Dataset(msgspec.Struct, frozen=True):
    """A COCO instances file, without pixels."""

    images: list[ImageRecord]
    annotations: list[AnnotationRecord]
    categories: list[CategoryRecord]
    licenses: list[LicenseRecord] = []


UNKNOWN_LICENSE = License("Unknown", "")


def read_dataset(path: str) -> Dataset:
    """Read a COCO instances file.

    Raises
    ------
    CocosynthError
        If it is not one; the text names the file, the place in it, and the rule.
    """
    content = files.read_bytes(path).removeprefix(b"\xef\xbb\xbf")

    def wrong(reason: object) -> CocosynthError:
        hint = f"`python -m cocosynth validate {path}` explains it"
        return CocosynthError(f"{path}: not a COCO instances file: {reason}; {hint}")

    tables = _tables(content, wrong)
    for table in tables.values():
        _refuse_double_ids(path, table)
    return Dataset(**tables)


_TABLES: dict[str, Any] = {
    "images": list[ImageRecord],
    "annotations": list[AnnotationRecord],
    "categories": list[CategoryRecord],
    "licenses": list[LicenseRecord],
}


def _tables(content: bytes, wrong: Callable[[object], CocosynthError]) -> dict[str, list[Any]]:
    members = decode(content, dict[str, msgspec.Raw], wrong)
    if hides_member(content, members):
        raise wrong("a key of the file occurs more than once")
    for name in _TABLES:
        if name not in members and name != "licenses":
            raise wrong(f"the key {name!r} is missing")
    return {name: _table(name, members[name], wrong) for name in _TABLES if name in members}


def _table(name: str, content: msgspec.Raw, wrong: Callable[[object], CocosynthError]) -> list[Any]:
    return decode(content, _TABLES[name], lambda fault: wrong(fault.at(f"$.{name}")))


def _refuse_double_ids(path: str, table: list[Any]) -> None:
    ids = [record.id for record in table]
    if len(set(ids)) < len(ids):
        double = next(number for number, times in Counter(ids).items() if times > 1)
        kind = type(table[0]).__name__.removesuffix("Record").lower()
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
