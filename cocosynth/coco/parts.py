"""The parts of an annotation file as the one file that they are of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, overload

import msgspec

from cocosynth.core.errors import CocosynthError

Raws = Sequence[msgspec.Raw]


class Chained(Sequence[msgspec.Raw]):
    """Tables one after the other, as one; none is copied.

    Parameters
    ----------
    tables : sequence of sequence of Raw
    """

    def __init__(self, tables: Sequence[Raws]) -> None:
        self._tables = tables
        self._starts = [0, *accumulate(map(len, tables))]

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, position: int) -> msgspec.Raw: ...
    @overload
    def __getitem__(self, position: slice) -> list[msgspec.Raw]: ...
    def __getitem__(self, position: int | slice) -> msgspec.Raw | list[msgspec.Raw]:
        if not isinstance(position, slice):
            row = range(len(self))[position]
            table = bisect_right(self._starts, row) - 1
            return self._tables[table][row - self._starts[table]]
        start, stop, step = position.indices(len(self))
        if step != 1:
            return [self[row] for row in range(start, stop, step)]
        found: list[msgspec.Raw] = []
        for first, each in zip(self._starts, self._tables, strict=False):
            if first < stop and start < first + len(each):
                found += each[max(start - first, 0) : stop - first]
        return found


def shared_categories(parts: Sequence[Path], tables: Sequence[Raws]) -> Raws:
    """Return the categories that all parts have.

    Raises
    ------
    CocosynthError
        If one of them has others.
    """
    first = _decoded(tables[0])
    for part, table in zip(parts, tables, strict=True):
        if _decoded(table) != first:
            raise CocosynthError(
                f"{part}: its categories are not those of {parts[0]}: these are not parts of one "
                "file; name one of them alone, or `merge` them"
            )
    return tables[0]


def all_licenses(tables: Sequence[Raws]) -> list[msgspec.Raw]:
    """Return the licences that any part has, each once."""
    found: dict[bytes, msgspec.Raw] = {}
    for raw in (raw for table in tables for raw in table):
        found.setdefault(bytes(raw), raw)
    return list(found.values())


def joined_lists(raws: Sequence[msgspec.Raw]) -> msgspec.Raw:
    """Return one JSON list of what several hold.

    Examples
    --------
    >>> bytes(joined_lists([msgspec.Raw(b"[1, 2]"), msgspec.Raw(b"[]"), msgspec.Raw(b"[3]")]))
    b'[1, 2,3]'
    """
    inside = (bytes(raw)[1:-1].strip() for raw in raws)
    return msgspec.Raw(b"[%b]" % b",".join(text for text in inside if text))


def joined_members(
    parts: Sequence[Path], members: Sequence[Mapping[str, msgspec.Raw]]
) -> dict[str, msgspec.Raw]:
    """Return the members of the file that some parts are of.

    Raises
    ------
    CocosynthError
        If one of them lacks a table, or has other categories.
    """
    for part, each in zip(parts, members, strict=True):
        for name in ("images", "annotations", "categories"):
            if not bytes(each.get(name, b"")).startswith(b"["):
                raise CocosynthError(f"{part}: not a COCO instances file: it has no list {name!r}")
    found = dict(members[0])
    for name in ("images", "annotations"):
        found[name] = joined_lists([each[name] for each in members])
    shared_categories(parts, [_listed(each["categories"]) for each in members])
    licenses = [each.get("licenses", msgspec.Raw(b"[]")) for each in members]
    if any(bytes(raw) != b"[]" for raw in licenses) and all(
        bytes(raw).startswith(b"[") for raw in licenses
    ):
        found["licenses"] = msgspec.Raw(
            b"[%b]" % b",".join(all_licenses([_listed(raw) for raw in licenses]))
        )
    return found


def _listed(raw: msgspec.Raw) -> list[msgspec.Raw]:
    return msgspec.json.decode(raw, type=list[msgspec.Raw])


def _decoded(table: Raws) -> list[Any]:
    return [msgspec.json.decode(raw) for raw in table]
