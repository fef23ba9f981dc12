"""The records of a COCO file, copied without being understood: only the keys that link them.

A record that goes from one file into another keeps every key it has, byte for byte, but for those
that are written again. So the large tables never become Python objects as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Raw

from cocosynth.coco.document import Document, says_more
from cocosynth.coco.records import CategoryId, Id, name_image
from cocosynth.coco.spelling import decode_records
from cocosynth.core.decoding import Fault
from cocosynth.core.errors import CocosynthError

Row = dict[str, Any]
"""A record, its values undecoded but for those written again."""


class ImageKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id
    file_name: Annotated[str, Meta(min_length=1)] = None  # type: ignore[assignment]
    coco_url: Any = None

    def __post_init__(self) -> None:
        name_image(self)


class AnnotationKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id
    image_id: Id
    category_id: Id


class CategoryKeys(msgspec.Struct, frozen=True, gc=False):
    id: CategoryId
    name: Annotated[str, Meta(min_length=1)]


class LicenseKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id


Keys = TypeVar("Keys")
_NEEDED = ("images", "annotations", "categories")


def open_document(path: str, *, on_disk: bool = False) -> Document:
    """Open a COCO file whose records are to be copied, or only looked at: then `on_disk` will do.

    Raises
    ------
    CocosynthError
        If it cannot be read, lacks a table, or has two of one name.
    """
    document = Document(path, on_disk=on_disk)
    for name in _NEEDED:
        if not document.is_list(name):
            what = "is not a list" if name in document.members else "is missing"
            raise CocosynthError(f"{path}: not a COCO instances file: {name!r} {what}")
    if document.hides_members:
        raise CocosynthError(f"{path}: a key of the file occurs more than once")
    return document


def read_keys(document: Document, table: str, kind: type[Keys]) -> Iterator[Keys]:
    """Yield the keys of all records of a table.

    Raises
    ------
    CocosynthError
        If a record lacks one, or has one of the wrong type.
    """
    for start, text in document.chunks(table):
        yield from decode_keys(document, table, kind, start, text)


def decode_keys(
    document: Document, table: str, kind: type[Keys], start: int, text: bytes
) -> list[Keys]:
    """Decode the keys of some records of a table, the first of which has the position `start`.

    Raises
    ------
    CocosynthError
        If a record lacks one, or has one of the wrong type.
    """

    def wrong(fault: Fault) -> CocosynthError:
        place = fault.at(f"$.{table}", first=start)
        return CocosynthError(f"{document.path}: {place}; {says_more(document.path)}")

    keys: list[Keys] = decode_records(text, list[kind], wrong)  # type: ignore[valid-type]
    return keys


def read_rows(
    document: Document, table: str, kind: type[Keys]
) -> Iterator[tuple[list[Keys], list[Row]]]:
    """Yield the keys of the records of a table, and the records to be copied, a batch at a time.

    Raises
    ------
    CocosynthError
        If a key of a record is missing, or of the wrong type.
    """
    for start, text in document.chunks(table):
        keys = decode_keys(document, table, kind, start, text)
        rows = msgspec.json.decode(text, type=list[dict[str, Raw]])
        yield keys, rows
