"""Keys that occur twice in one JSON object: readers keep the last and say nothing.

Outside strings a colon stands behind each key and nowhere else in JSON. So the colons of a text
and the keys of what was read from it must agree, which is far cheaper to see than reading keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def duplicate_keys(text: bytes, records: list[Any]) -> Iterator[tuple[int, str]]:
    """Yield position and key of each repeated key in a JSON list of objects.

    Parameters
    ----------
    text : bytes
        The list, as JSON.
    records : list
        What a reader made of it.
    """
    if text.count(b":") == sum(map(_colons, records)):
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


def _colons(value: Any) -> int:
    kind = type(value)
    if kind is str:
        return int(value.count(":"))
    if kind is dict:
        keys = "".join(value)
        own = len(value) + (keys.count(":") if ":" in keys else 0)
        return own + sum(_colons(v) for v in value.values() if type(v) in _HOLDERS)
    if kind is list and value and type(value[0]) in _HOLDERS:
        return sum(_colons(v) for v in value if type(v) in _HOLDERS)
    return 0


_HOLDERS = frozenset((str, dict, list))
