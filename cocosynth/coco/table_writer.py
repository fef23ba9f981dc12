"""Tables of a COCO file, written row by row."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from typing import IO, Any

import msgspec


class Table:
    """Writes the rows of a table, one a line; everything is ASCII.

    Parameters
    ----------
    stream : binary file
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._separator = b""

    def add(self, row: Any) -> None:
        self._stream.write(self._separator + b"\n" + to_json(row))
        self._separator = b","


def begin(stream: IO[bytes], name: str) -> Table:
    """Begin a table that is not the first member of the file."""
    stream.write(b',\n"%b":[' % name.encode())
    return Table(stream)


def end(stream: IO[bytes]) -> None:
    stream.write(b"\n]")


def write_table(stream: IO[bytes], name: str, rows: Iterable[Any]) -> None:
    table = begin(stream, name)
    for row in rows:
        table.add(row)
    end(stream)


def write_spooled_table(stream: IO[bytes], name: str, rows: IO[bytes]) -> None:
    """Write a table whose rows a `Table` has put into another file."""
    begin(stream, name)
    rows.seek(0)
    shutil.copyfileobj(rows, stream, 1 << 20)
    end(stream)


def to_json(value: Any) -> bytes:
    """Encode as JSON in ASCII: pycocotools opens files in whatever encoding the machine prefers."""
    encoded = msgspec.json.encode(value)
    if encoded.isascii():
        return encoded
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode("ascii")
