"""Changes to the records of a file: each is noted, all else stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from cocosynth.check.validate.schema import shown
from cocosynth.coco.document import TABLES, Document
from cocosynth.coco.duplicate_keys import hides_value
from cocosynth.coco.table_writer import Json, to_json


class _Removed:
    """Stands for a key that is taken out of its record."""


REMOVED = _Removed()

Fix = tuple[str, str, Any]  # rule, key of the record, new value or `REMOVED`


@dataclass(frozen=True)
class Change:
    """One thing fixed: the rule that was broken, where, and what was done."""

    rule: str
    where: str
    message: str


class Edits:
    """Changes records of a document in memory, and notes each change.

    Parameters
    ----------
    document : Document
        Its tables hold the new records from then on.
    """

    def __init__(self, document: Document) -> None:
        self.changes: list[Change] = []
        self._document = document
        self._removed: dict[str, set[int]] = {name: set() for name in TABLES}

    def record(self, table: str, position: int) -> Any:
        """Return a record as it is now."""
        return msgspec.json.decode(self._document.tables[table][position])

    def apply(self, table: str, position: int, fixes: list[Fix]) -> bool:
        """Change some values of a record; say whether any was."""
        raw = self._document.tables[table][position]
        row = msgspec.json.decode(raw, type=dict[str, Raw]) if fixes else {}
        if not fixes or hides_value(bytes(raw), [row]):
            return False  # of a key that occurs twice, nobody knows which is meant
        for rule, key, value in fixes:
            where = f"$.{table}[{position}].{key}"
            old = shown(msgspec.json.decode(row[key])) if key in row else "nothing"
            if value is REMOVED:
                del row[key]
            else:
                row[key] = Raw(to_json(value))
            new = "removed" if value is REMOVED else shown(value)
            self.changes.append(Change(rule, where, f"{old} is now {new}"))
        self._document.replace(table, position, Raw(msgspec.json.encode(row)))
        return True

    def remove(self, table: str, position: int, rule: str, message: str) -> None:
        """Take a record out of its table."""
        self.changes.append(Change(rule, f"$.{table}[{position}]", message))
        self._removed[table].add(position)

    def is_removed(self, table: str, position: int) -> bool:
        return position in self._removed[table]

    def note(self, rule: str, where: str, message: str) -> None:
        """Note a change to the file as a whole."""
        self.changes.append(Change(rule, where, message))

    def records(self, table: str) -> Iterator[Json]:
        """Yield the records of a table that are written."""
        for position, raw in enumerate(self._document.tables[table]):
            if position not in self._removed[table]:
                yield raw
