"""JSON files of tables: a record on each line, in ASCII, written as they come.

ASCII, because pycocotools opens files in whatever encoding the machine prefers. A file appears
under its name only once it is complete.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import msgspec

from cocosynth.core import files

Json = bytes | msgspec.Raw
"""A value that is JSON already."""

_NON_ASCII = re.compile(r"[^\x00-\x7f]")


class Style(NamedTuple):
    """What commands do differently: white space, and whether other text than ASCII is escaped."""

    opening: bytes = b"{"
    colon: bytes = b":"
    nothing: bytes = b"\n"  # between the brackets of an empty table
    closing: bytes = b"}\n"
    ascii: bool = True

    def written(self, value: Json) -> bytes:
        return ascii_json(bytes(value)) if self.ascii else bytes(value)


OURS = Style()


class Table:
    """Writes the records of a table, one a line, without its brackets.

    Parameters
    ----------
    stream : binary file
    style : Style
    """

    def __init__(self, stream: IO[bytes], style: Style = OURS) -> None:
        self._stream = stream
        self._style = style
        self._separator = b"\n"

    @property
    def is_empty(self) -> bool:
        return self._separator == b"\n"

    def add(self, record: Json) -> None:
        self._stream.write(self._separator + self._style.written(record))
        self._separator = b",\n"

    def add_spooled(self, records: IO[bytes]) -> None:
        """Add the records that another `Table` has put into a file; to an empty table only."""
        records.seek(0)
        shutil.copyfileobj(records, self._stream, 1 << 20)
        self._separator = b",\n"


class TableFile:
    """Writes the members of a JSON object, tables among them.

    Parameters
    ----------
    stream : binary file
    style : Style
    """

    def __init__(self, stream: IO[bytes], style: Style) -> None:
        self._stream = stream
        self._style = style
        self._separator = style.opening

    def member(self, name: str, value: Json) -> None:
        self._begin(name)
        self._stream.write(self._style.written(value))

    @contextmanager
    def table(self, name: str) -> Iterator[Table]:
        """Open a table; nothing else is written to this file until it is closed."""
        self._begin(name)
        self._stream.write(b"[")
        table = Table(self._stream, self._style)
        yield table
        self._stream.write((self._style.nothing if table.is_empty else b"\n") + b"]")

    def write_table(self, name: str, records: Iterable[Json]) -> None:
        with self.table(name) as table:
            for record in records:
                table.add(record)

    def _begin(self, name: str) -> None:
        self._stream.write(self._separator + to_json(name) + self._style.colon)
        self._separator = b",\n"


@contextmanager
def table_file(path: str | Path, style: Style = OURS) -> Iterator[TableFile]:
    """Open a file that appears under its name once all its members are written."""
    with files.atomic(path) as stream:
        yield TableFile(stream, style)
        stream.write(style.closing)


def to_json(value: Any) -> bytes:
    """Encode a value as JSON in ASCII."""
    encoded = msgspec.json.encode(value)
    if encoded.isascii():
        return encoded
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode("ascii")


def ascii_json(text: bytes) -> bytes:
    r"""Escape what is not ASCII in JSON.

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
