"""Fix a COCO file: only what has one right answer, every change listed, never in place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocosynth.check.validate.annotations import identity
from cocosynth.check.validate.one_answer import Fixed, fix_numbers, fix_segmentation
from cocosynth.check.validate.report import Findings
from cocosynth.check.validate.schema import Gate
from cocosynth.check.validate.small_tables import id_of, read_tables
from cocosynth.coco.document import TABLES, Document
from cocosynth.coco.table_writer import Json, Style, table_file
from cocosynth.core import image_header
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import Size

_STYLE = Style(opening=b"{\n", colon=b": ", nothing=b"", closing=b"\n}\n", ascii=False)


@dataclass(frozen=True)
class Change:
    """One thing fixed: the rule that was broken, where, and what was done."""

    rule: str
    where: str
    message: str


def fix(path: str | Path, out: str | Path, *, images: str | Path | None = None) -> list[Change]:
    """Write a fixed copy of a COCO file.

    Fixed are: areas and boxes that differ from their mask by more than the tolerance, boxes
    without a mask that reach beyond the image, annotations given twice, polygons outside a list,
    RLE counts printed as bytes, a byte order mark and, with `images`, recorded sizes that are not
    those of the files. Records without a change are copied byte for byte.

    Parameters
    ----------
    path : str or Path
        The file as it is.
    out : str or Path
        Where the copy goes; not `path`.
    images : str or Path, optional
        The folder that `file_name` is relative to.

    Returns
    -------
    list of Change

    Raises
    ------
    CocosynthError
        If the file cannot be read or written, or `out` is `path`.
    """
    if Path(out).resolve() == Path(path).resolve():
        raise CocosynthError(f"{out}: would overwrite what it fixes; give another file")
    fixing = _Fixing(Document(path))
    if images is not None:
        fixing.fix_sizes(Path(images))
    fixing.fix_annotations()
    fixing.write(out)
    return fixing.changes


class _Fixing:
    """A file on its way to be fixed: new records by table and position, None for one removed."""

    def __init__(self, document: Document) -> None:
        self.changes: list[Change] = []
        self._document = document
        self._tables = read_tables(document, Findings(), references=False)
        self._new: dict[str, dict[int, bytes | None]] = {name: {} for name in TABLES}
        if document.has_mark:
            self.changes.append(Change("byte-order-mark", "$", "removed"))

    def _replace(self, table: str, position: int, record: Any, fixed: list[Fixed]) -> Any:
        """Note the changes to a record; return it changed."""
        if not fixed:
            return record
        for rule, key, value in fixed:
            where = f"$.{table}[{position}].{key}"
            text = f"{_short(record.get(key))} is now {_short(value)}"
            self.changes.append(Change(rule, where, text))
        record = {**record, **{key: value for _, key, value in fixed}}
        self._new[table][position] = json.dumps(record).encode()
        return record

    def fix_sizes(self, folder: Path) -> None:
        """Take width and height from the files, but for images that have RLEs of the old size."""
        encoded = self._images_with_rle()
        for start, _, records in self._document.batches("images"):
            for position, record in enumerate(records, start):
                row = self._tables.rows.get(id_of(record) or 0)
                if row is None or self._tables.positions[row] != position or row in encoded:
                    continue
                size = _stored_size(folder / self._tables.file_names[row])
                if size is not None and size != self._tables.sizes[row]:
                    sides = zip(("height", "width"), size, strict=True)
                    fixed = [("image-size-mismatch", k, v) for k, v in sides if record.get(k) != v]
                    self._replace("images", position, record, fixed)
                    self._tables.sizes[row] = size

    def _images_with_rle(self) -> set[int]:
        rows = self._tables.rows
        return {
            rows[image_id]
            for _, _, records in self._document.batches("annotations")
            for record in records
            if isinstance(record, dict) and isinstance(record.get("segmentation"), dict)
            if (image_id := id_of(record, "image_id")) in rows and image_id is not None
        }

    def fix_annotations(self) -> None:
        """Fix each annotation; remove those that repeat an earlier one."""
        gate = Gate("annotations")
        first: dict[bytes, int] = {}
        for start, _, records in self._document.batches("annotations"):
            for position, record in enumerate(records, start):
                fixed = self._replace(
                    "annotations", position, record, list(fix_segmentation(record))
                )
                if gate.passes(fixed) and not self._repeats(position, fixed, first):
                    self._fix_numbers(position, fixed)

    def _repeats(self, position: int, record: dict[str, Any], first: dict[bytes, int]) -> bool:
        earlier = first.setdefault(identity(record), position)
        if earlier == position:
            return False
        text = f"annotation {record['id']} removed: it repeats $.annotations[{earlier}]"
        self.changes.append(Change("duplicate-annotation", f"$.annotations[{position}]", text))
        self._new["annotations"][position] = None
        return True

    def _fix_numbers(self, position: int, record: dict[str, Any]) -> None:
        row = self._tables.rows.get(record["image_id"])
        size = None if row is None else self._tables.sizes[row]
        if size is not None:
            self._replace("annotations", position, record, list(fix_numbers(record, size)))

    def write(self, out: str | Path) -> None:
        """Write all members in their order, unchanged records byte for byte.

        Raises
        ------
        CocosynthError
            If a key of the file occurs twice, or the file cannot be written.
        """
        if self._document.hides_members:
            raise CocosynthError(
                f"{self._document.path}: a key of the file occurs twice; remove the one not meant"
            )
        with table_file(out, _STYLE) as file:
            for name, raw in self._document.members.items():
                if self._document.is_table(name):
                    file.write_table(name, self._records(name))
                else:
                    file.member(name, raw)

    def _records(self, table: str) -> Iterator[Json]:
        for position, raw in enumerate(self._document.tables[table]):
            record = self._new[table].get(position, raw)
            if record is not None:
                yield record


def _stored_size(path: Path) -> Size | None:
    """Return the size of an image file; None where it is not certain which is meant."""
    try:
        header = image_header.image_header(path)
    except UnusableError:
        return None
    return None if header.turned else header.size


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
