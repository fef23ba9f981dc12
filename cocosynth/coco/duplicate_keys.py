"""Keys that occur twice in one JSON object: readers keep the last and say nothing.

Outside strings a colon stands behind each key and nowhere else in JSON. So the colons of a text
must be those of what a reader kept of it: one behind each key, those inside keys, those of the
values. If the text has more, something was lost. This is far cheaper to see than reading keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
import numpy as np

_COLON = ord(":")
_PIECE = 1 << 20  # bytes

Raws = Mapping[str, msgspec.Raw]
"""What a reader kept of an object whose values it left undecoded."""


def hides_member(content: bytes, members: Raws) -> bool:
    """Say whether a key of a large object occurs more than once.

    Parameters
    ----------
    content : bytes
        The object, as JSON.
    members : mapping of str to Raw
        What a reader kept of it.
    """
    return _colons(content) > _of_keys(members) + sum(map(_colons, members.values()))


def hides_value(text: bytes, records: list[dict[str, Any]]) -> bool:
    """Say whether a key of a record occurs more than once.

    Parameters
    ----------
    text : bytes
        A list of records, as JSON.
    records : list of dict
        What a reader kept of it, the values undecoded.
    """
    return _colons(text) > _colons(msgspec.json.encode(records))


def duplicate_keys(text: bytes, records: list[Any]) -> Iterator[tuple[int, str]]:
    """Yield position and key of each repeated key in a JSON list of objects.

    Parameters
    ----------
    text : bytes
        The list, as JSON.
    records : list
        What a reader made of it.
    """
    if _colons(text) == _of_records(records):
        return
    repeated: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in members if names.count(name) > 1)
        return members

    decoder = json.JSONDecoder(object_pairs_hook=note)
    characters, at = text.decode(), 1
    for position in range(len(records)):
        at = _skip_space(characters, at)
        _, at = decoder.raw_decode(characters, at)
        at = _skip_space(characters, at) + 1
        yield from ((position, name) for name in repeated)
        repeated.clear()


def _skip_space(characters: str, at: int) -> int:
    while at < len(characters) and characters[at] in " \t\r\n":
        at += 1
    return at


def _colons(text: bytes | msgspec.Raw) -> int:
    """Count colons, those of a long text without a copy of it, which may be most of the memory."""
    if memoryview(text).nbytes <= _PIECE:
        return bytes(text).count(b":")
    codes = np.frombuffer(text, dtype=np.uint8)
    pieces = (codes[at : at + _PIECE] for at in range(0, len(codes), _PIECE))
    return sum(int(np.count_nonzero(piece == _COLON)) for piece in pieces)


def _of_keys(keys: Iterable[str]) -> int:
    """Return the colons of keys: one behind each, and those inside."""
    return sum(1 + key.count(":") for key in keys)


def _of_records(records: list[Any]) -> int:
    """Return the colons that records have as JSON: it is written faster than it is gone through."""
    try:
        return _colons(msgspec.json.encode(records))
    except (OverflowError, UnicodeError):  # what other JSON libraries can read
        return sum(map(_of_value, records))


def _of_value(value: Any) -> int:
    """Return the colons that a value has as JSON."""
    kind = type(value)
    if kind is str:
        return int(value.count(":"))
    if kind is dict:
        keys = "".join(value)
        own = len(value) + (keys.count(":") if ":" in keys else 0)
        return own + sum(_of_value(v) for v in value.values() if type(v) in _HOLDERS)
    if kind is list and value and type(value[0]) in _HOLDERS:
        return sum(_of_value(v) for v in value if type(v) in _HOLDERS)
    return 0


_HOLDERS = frozenset((str, dict, list))
