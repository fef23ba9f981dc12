"""The records of a COCO file, copied without being understood: only the keys that link them.

A record that goes from one file into another keeps every key it has, byte for byte, but for those
that are written anew. So the large tables never become Python objects as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Raw

from cocosynth.coco.document import Document
from cocosynth.coco.records import Id
from cocosynth.core.errors import CocosynthError

Row = dict[str, Any]
"""A record, its values undecoded but for those written anew."""


class ImageKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id
    file_name: Annotated[str, Meta(min_length=1)]


class AnnotationKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id
    image_id: Id
    category_id: Id


class CategoryKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id
    name: Annotated[str, Meta(min_length=1)]


class LicenseKeys(msgspec.Struct, frozen=True, gc=False):
    id: Id


Keys = TypeVar("Keys")
_NEEDED = ("images", "annotations", "categories")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


def open_document(path: str) -> Document:
    """Open a COCO file whose records are to be copied.

    Raises
    ------
    CocosynthError
        If it cannot be read, or lacks a table.
    """
    document = Document(path)
    for name in _NEEDED:
        if not document.is_list(name):
            what = "is not a list" if name in document.members else "is missing"
            raise CocosynthError(f"{path}: not a COCO instances file: {name!r} {what}")
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
    try:
        return msgspec.json.decode(text, type=list[kind])  # type: ignore[valid-type]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise broken_record(document, table, start, error) from None


def read_rows(
    document: Document, table: str, kind: type[Keys]
) -> Iterator[tuple[list[Keys], list[Row]]]:
    """Yield the keys of the records of a table, and the records to be copied, a batch at a time.

    Raises
    ------
    CocosynthError
        If a key of a record is missing, of the wrong type, or there twice.
    """
    for start, text in document.chunks(table):
        keys = decode_keys(document, table, kind, start, text)
        rows = msgspec.json.decode(text, type=list[dict[str, Raw]])
        if msgspec.json.encode(rows).count(b":") != text.count(b":"):
            raise CocosynthError(
                f"{document.path}: $.{table}: a record has a key twice; {_ask(document)}"
            )
        yield keys, rows


def broken_record(document: Document, table: str, start: int, error: Exception) -> CocosynthError:
    """Say where in the file a record is that cannot be read."""
    reason, _, path = str(error).partition(" - at `$[")
    number, _, key = path.rstrip("`").partition("]")
    where = f"[{start + int(number)}]{key}" if number.isdigit() else ""
    return CocosynthError(f"{document.path}: $.{table}{where}: {reason}; {_ask(document)}")


def _ask(document: Document) -> str:
    return f"`python -m cocosynth validate {document.path}` says more"


def refuse_hidden(document: Document) -> None:
    """Refuse a file with two tables of one name, once all its tables were read.

    Raises
    ------
    CocosynthError
    """
    if document.hides_members():
        raise CocosynthError(f"{document.path}: a key of the file occurs more than once")


def refuse_double(document: Document, table: str, ids: Iterable[int]) -> None:
    """Refuse a table in which an id says nothing, since two records have it.

    Raises
    ------
    CocosynthError
    """
    seen: set[int] = set()
    for number in ids:
        if number in seen:
            raise CocosynthError(
                f"{document.path}: two {table} have the id {number}; {_ask(document)}"
            )
        seen.add(number)


def unknown(document: Document, annotation: AnnotationKeys, what: str) -> CocosynthError:
    number = annotation.image_id if what == "image" else annotation.category_id
    return CocosynthError(
        f"{document.path}: annotation {annotation.id} names {what} {number}, which is not listed; "
        f"{_ask(document)}"
    )


def write_table(stream: IO[bytes], name: str, batches: Iterable[list[bytes]]) -> None:
    """Write a table of undecoded records, a record a line."""
    stream.write(b'"%b":[' % name.encode())
    separator = b"\n"
    for batch in batches:
        if batch:
            stream.write(separator + ascii_json(b",\n".join(batch)))
            separator = b",\n"
    stream.write(b"\n]")


def encode_row(row: Any) -> bytes:
    return msgspec.json.encode(row)


def ascii_json(text: bytes) -> bytes:
    r"""Escape what is not ASCII: some programs open files in whatever encoding the machine prefers.

    Examples
    --------
    >>> ascii_json('{"name": "café 🐕"}'.encode())
    b'{"name": "caf\\u00e9 \\ud83d\\udc15"}'
    """
    if text.isascii():
        return text
    return _NON_ASCII.sub(_escape, text.decode()).encode("ascii")


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
