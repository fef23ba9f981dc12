"""A COCO file cut into records that are decoded a batch at a time, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.coco.members import WRITE_AGAIN, read_members
from cocosynth.coco.on_disk import OnDisk, find_tables
from cocosynth.coco.part_names import parts_of
from cocosynth.coco.parts import Chained, all_licenses, shared_categories
from cocosynth.core.decoding import Fault, decode
from cocosynth.core.errors import CocosynthError

TABLES = ("licenses", "categories", "images", "annotations")
BATCH = 250
"""Records decoded at a time: few, as more take as long and a quarter more memory."""


class Document:
    """A JSON object, its tables as lists of undecoded records.

    Parameters
    ----------
    path : str or Path
    on_disk : bool
        Leave the records where they are, in a file that stays as it is: memory is that of their
        places. They cannot be changed then.

    Attributes
    ----------
    path : str
    has_mark : bool
        Whether the file begins with a byte order mark.
    members : dict of str to Raw
        What stands under each key of the file, undecoded; on disk, of a table nothing.
    tables : dict of str to sequence of Raw
        The records of the tables.
    hides_members : bool
        Whether a key of the file occurs more than once; only the last member of a name is kept.

    Raises
    ------
    CocosynthError
        If the file cannot be read, or is no JSON object.
    """

    tables: Mapping[str, Sequence[msgspec.Raw]]

    def __init__(self, path: str | Path, *, on_disk: bool = False) -> None:
        self.path = str(path)
        found = _on_disk(path) if on_disk else None
        if found is not None:
            self.members, self.has_mark, self.hides_members = found.members, False, False
            self.tables = {name: found.tables.get(name, ()) for name in TABLES}
            return
        self.members, self.has_mark, self.hides_members = read_members(path)
        self.tables = {
            name: self._decode_as(self.members[name], list[msgspec.Raw], name)
            if self.is_table(name)
            else []
            for name in TABLES
        }

    def is_list(self, member: str) -> bool:
        """Say whether the file has a list under this key."""
        raw = self.members.get(member)
        return raw is not None and memoryview(raw)[:1].tobytes() == b"["

    def member(self, name: str) -> Any:
        """Decode what stands under a key of the file."""
        return self._decode_as(self.members[name], object, name)

    def chunks(self, table: str) -> Iterator[tuple[int, bytes]]:
        """Yield the position of the first record and the JSON of the records, a batch at a time."""
        raws = self.tables[table]
        for start in range(0, len(raws), BATCH):
            yield start, join(raws[start : start + BATCH])

    def batches(self, table: str) -> Iterator[tuple[int, bytes, list[Any]]]:
        """Yield the position of the first record, the JSON and the records, a batch at a time."""
        for start, joined in self.chunks(table):
            yield start, joined, self._decode_as(joined, list, table)

    def is_table(self, member: str) -> bool:
        """Say whether this member is one of the tables, and a list."""
        return member in TABLES and self.is_list(member)

    def records(self, table: str, positions: list[int]) -> list[Any]:
        """Decode the records at some positions of a table."""
        raws = self.tables[table]
        records: list[Any] = self._decode_as(join([raws[i] for i in positions]), list, table)
        return records

    def replace(self, table: str, position: int, record: msgspec.Raw) -> None:
        """Put another record in the place of one; only of a file that is in memory."""
        records = self.tables[table]
        assert isinstance(records, list), f"{self.path} is not in memory"
        records[position] = record

    def _decode_as(self, content: bytes | msgspec.Raw, kind: Any, place: str) -> Any:
        def wrong(fault: Fault) -> CocosynthError:
            return CocosynthError(
                f"{self.path}: cannot be read as JSON: {place}: {fault.reason}; {WRITE_AGAIN}"
            )

        return decode(content, kind, wrong)


def _on_disk(path: str | Path) -> OnDisk | None:
    """Find the tables of a file, or of all its parts, where they lie; None where that cannot be."""
    parts = parts_of(path)
    if parts is None:
        return find_tables(path, TABLES)
    looked = (find_tables(part, TABLES, stays_open=False) for part in parts)
    found = [each for each in looked if each is not None]
    if len(found) < len(parts):
        return None
    of_each = {name: [each.tables.get(name, ()) for each in found] for name in TABLES}
    tables: dict[str, Sequence[msgspec.Raw]] = {
        "licenses": all_licenses(of_each["licenses"]),
        "categories": shared_categories(parts, of_each["categories"]),
        **{name: Chained(of_each[name]) for name in ("images", "annotations")},
    }
    members = {name: raw for each in reversed(found) for name, raw in each.members.items()}
    return OnDisk(members, tables)


def says_more(path: str | Path) -> str:
    """Return the way out where a file is wrong in more than one line can say."""
    return f"`python -m cocosynth validate {path}` explains it"


def join(raws: Sequence[msgspec.Raw]) -> bytes:
    """Return the JSON list of some undecoded records."""
    return b"[" + b",".join(raws) + b"]"
