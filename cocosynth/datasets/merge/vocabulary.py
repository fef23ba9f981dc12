"""One list of categories and one of licences for all datasets, and what each old id becomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import msgspec

from cocosynth.coco.names import Lookalikes, likeness
from cocosynth.coco.raw_records import CategoryKeys, Keys, LicenseKeys, decode_keys
from cocosynth.coco.records import LARGEST_CATEGORY_ID
from cocosynth.coco.spelling import plainly_spelled
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.inputs import Input

Record = dict[str, Any]
Renumbering = dict[int, int]


def join_categories(
    inputs: Sequence[Input], *, join_lookalikes: bool = False
) -> tuple[list[Record], list[Renumbering], list[str]]:
    """Match categories by name, and by names that look alike where that is asked for.

    A category keeps the id it has in the first file that has it; where an earlier one of another
    name has that id, it gets the next free one. Keys that one file alone gives are taken from it;
    where two differ, the first counts.

    Returns
    -------
    records : list of dict
        By id.
    renumberings : list of dict
        For each input, from its ids to those of the records.
    notes : list of str

    Raises
    ------
    CocosynthError
        If an id occurs twice in a file, or two files mean other keypoints by one name.
    """
    merged: dict[str, Record] = {}
    origin: dict[tuple[str, str], str] = {}  # which file gave a key of a category
    conflicts: dict[str, list[str]] = {}
    key_of = likeness if join_lookalikes else str
    for source in inputs:
        for record in _records(source, "categories", CategoryKeys):
            same = key_of(record["name"])
            known = merged.setdefault(same, {})
            for key, value in record.items():
                if known.get(key) is None:
                    known[key] = value
                    origin[same, key] = source.path
                elif key != "id" and value is not None and known[key] != value:
                    first = origin[same, key]
                    found = (f"{key} of {record['name']!r} is {_short(known[key])} in {first}, "
                            f"{_short(value)} in {source.path}")  # fmt: skip
                    conflicts.setdefault(key, []).append(found)
    if "keypoints" in conflicts:
        raise CocosynthError(
            f"categories: {conflicts['keypoints'][0]}: annotations of both cannot mean the same "
            "points; rename the category in one of the files"
        )
    _settle_ids(merged)
    renumberings = [
        {
            c["id"]: merged[key_of(c["name"])]["id"]
            for c in _records(source, "categories", CategoryKeys)
        }
        for source in inputs
    ]
    alike = () if join_lookalikes else _likeness_notes(merged, origin)
    notes = [*_conflict_notes(conflicts), *alike]
    return sorted(merged.values(), key=lambda record: record["id"]), renumberings, notes


def _records(source: Input, table: str, kind: type[Keys]) -> list[Record]:
    """Decode a small table; its ids and names are there."""
    records: list[Record] = []
    for start, text in source.document.chunks(table):
        decode_keys(source.document, table, kind, start, text)
        records += msgspec.json.decode(plainly_spelled(text))
    return records


def _settle_ids(merged: dict[str, Record]) -> None:
    owners: dict[int, str] = {}
    for name, record in merged.items():
        owners.setdefault(record["id"], name)
    for name, record in merged.items():
        if owners[record["id"]] != name:
            record["id"] = _next_free(owners)
            owners[record["id"]] = name


def _next_free(taken: Collection[int]) -> int:
    """Return the id behind all others or, where that would be too large, the first free one."""
    last = max(0, *taken)
    return last + 1 if last < LARGEST_CATEGORY_ID else next(n for n in count(1) if n not in taken)


def _conflict_notes(conflicts: dict[str, list[str]]) -> Iterator[str]:
    for found in conflicts.values():
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield f"categories: {found[0]}{more}: the first is kept"


def _likeness_notes(merged: dict[str, Record], origin: dict[tuple[str, str], str]) -> Iterator[str]:
    """Name categories that a person would take for one."""
    names = Lookalikes()
    for name in merged:
        other = names.first(name)
        if other != name:
            yield (
                f"categories: {other!r} ({origin[other, 'name']}) and {name!r} "
                f"({origin[name, 'name']}) stay two; if they are one, --join-lookalikes makes them "
                "one"
            )


def held_out_notes(categories: Sequence[Record], held_out: Sequence[Input]) -> Iterator[str]:
    """Name categories that a file to test on knows by another id, or not at all."""
    for source in held_out:
        ids = {c["name"]: c["id"] for c in _records(source, "categories", CategoryKeys)}
        yield from _held_out_lookalikes([record["name"] for record in categories], ids, source)
        for record in categories:
            other = ids.get(record["name"])
            if other is not None and other != record["id"]:
                yield (
                    f"categories: {record['name']!r} has the id {record['id']} here and {other} in "
                    f"{source.path}: programs that go by ids confuse them; merge with the training "
                    "file that belongs to it first"
                )
                break


def _held_out_lookalikes(
    names: Sequence[str], held_out: Iterable[str], source: Input
) -> Iterator[str]:
    """Name categories to test on that are trained on under a name that looks like theirs."""
    trained = Lookalikes()
    for name in names:
        trained.first(name)
    for name in held_out:
        other = trained.find(name)
        if other is not None and name not in names:
            yield (
                f"categories: {name!r} of {source.path} is {other!r} here: programs that go by "
                "names take them for two; rename one of them"
            )


def join_licenses(inputs: Sequence[Input]) -> tuple[list[Record], list[Renumbering]]:
    """Number licences from 1; those of one name and address are one.

    Returns
    -------
    records : list of dict
    renumberings : list of dict
        For each input, from its ids to those of the records.
    """
    merged: dict[Any, Record] = {}
    renumberings: list[Renumbering] = []
    for number, source in enumerate(inputs):
        renumberings.append({})
        for record in _records(source, "licenses", LicenseKeys):
            terms = (str(record.get("name") or ""), str(record.get("url") or ""))
            key = terms if any(terms) else (number, record["id"])
            known = merged.setdefault(key, {**record, "id": len(merged) + 1})
            renumberings[-1][record["id"]] = known["id"]
            known.update((k, v) for k, v in record.items() if k not in known)
    return list(merged.values()), renumberings


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:57]}..."
