"""COCO JSON to typed records; segmentations stay raw until they are asked for."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import License

PROVENANCE = ("coco_url", "flickr_url", "url", "attribution")
"""Keys of an image record that say where a photograph is from."""

_PIECE = 1 << 20  # bytes

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
    num_keypoints: int = 0


class CategoryRecord(msgspec.Struct, frozen=True, gc=False):
    id: Annotated[int, Meta(ge=-(2**52), le=2**52)]  # leaves room for those that have none
    name: Annotated[str, Meta(min_length=1)]
    supercategory: str | None = None


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
    try:
        tables = _tables(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _FormError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        hint = f"; `python -m cocosynth validate {path}` says more"
        raise CocosynthError(f"{path}: not a COCO instances file: {reason}{hint}") from None
    for table in tables.values():
        _refuse_double_ids(path, table)
    return Dataset(**tables)


class _FormError(ValueError):
    """The file is JSON, but not of the form of COCO."""


_TABLES: dict[str, Any] = {
    "images": list[ImageRecord],
    "annotations": list[AnnotationRecord],
    "categories": list[CategoryRecord],
    "licenses": list[LicenseRecord],
}


def _tables(content: bytes) -> dict[str, list[Any]]:
    members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    _refuse_double_keys(content, members)
    for name in _TABLES:
        if name not in members and name != "licenses":
            raise _FormError(f"the key {name!r} is missing")
    return {name: _table(name, members[name]) for name in _TABLES if name in members}


def _refuse_double_keys(content: bytes, members: dict[str, msgspec.Raw]) -> None:
    """Refuse a file with two tables of one name, of which a reader keeps the last.

    Only what was kept is counted: the colons in it, and those of the keys and behind them.
    """
    kept = sum(map(_colons, members.values()))
    keys = sum(1 + key.count(":") for key in members)
    if _colons(content) > kept + keys:
        raise _FormError("a key of the file occurs more than once")


def _colons(text: Any) -> int:
    """Count colons piece by piece, without a copy of the text, which may be most of the memory."""
    codes = np.frombuffer(text, dtype=np.uint8)
    pieces = (codes[at : at + _PIECE] for at in range(0, len(codes), _PIECE))
    return sum(int(np.count_nonzero(piece == ord(":"))) for piece in pieces)


def _table(name: str, content: msgspec.Raw) -> list[Any]:
    try:
        return msgspec.json.decode(content, type=_TABLES[name])
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise _FormError(f"{reason} - at `$.{name}{path or '`'}") from None


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableError("segmentation cannot be read") from None


def licenses_of(dataset: Dataset) -> dict[int | None, License]:
    return {record.id: License(record.name or "", record.url or "") for record in dataset.licenses}
