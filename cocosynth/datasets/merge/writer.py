"""The merged file: records copied as they are, but for the keys that link them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.check.pictures.photographs import with_hashes_of
from cocosynth.coco.document import TABLES
from cocosynth.coco.raw_records import (
    AnnotationKeys,
    ImageKeys,
    Row,
    read_rows,
)
from cocosynth.coco.table_writer import table_file
from cocosynth.datasets.inputs import Input
from cocosynth.datasets.merge.vocabulary import Record, Renumbering

_CATEGORY_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")
"""Keys of LVIS images that hold ids of categories."""
_NULL = msgspec.Raw(b"null")
_RENUMBERED = {"id", "image_id", "category_id", *_CATEGORY_LISTS}


@dataclass(frozen=True)
class Part:
    """One dataset on its way into the merged file.

    Attributes
    ----------
    source : Input
    chosen : set of int
        The positions of the images that are taken.
    prefix : str
        What leads from the image root to its file names.
    categories, licenses : dict of int to int
        From its ids to those of the merged file.
    """

    source: Input
    chosen: set[int]
    prefix: str
    categories: Renumbering
    licenses: Renumbering


@dataclass
class Writer:
    """Writes the merged file, and remembers what is to be said about it.

    Attributes
    ----------
    parts : sequence of Part
    annotations : list of int
        How many each part has in the merged file.
    """

    parts: Sequence[Part]
    annotations: list[int] = field(default_factory=list)
    _image_ids: list[Renumbering] = field(default_factory=list)
    _lost_licenses: Counter[str] = field(default_factory=Counter)
    _links: dict[str, dict[str, None]] = field(default_factory=dict)  # key to files
    _forms: dict[bytes, str] = field(default_factory=dict)  # of segmentations, to a file
    _poses: dict[int, int] = field(default_factory=dict)  # keypoints of categories
    _unposed: Counter[str] = field(default_factory=Counter)  # annotations that are given none
    _present: set[int] = field(default_factory=set)  # categories that annotations are of
    _dropped: Counter[int] = field(default_factory=Counter)  # annotations not taken, by category

    def write(
        self,
        out: Path,
        *,
        info: Mapping[str, Any],
        categories: Sequence[Record],
        licenses: Iterable[Record],
    ) -> list[str]:
        """Write the file; return notes on what it could not decide."""
        others, notes = self._other_members()
        points = {record["id"]: record.get("keypoints") for record in categories}
        self._poses = {n: len(p) for n, p in points.items() if isinstance(p, list) and p}
        with table_file(out) as file:
            file.member("info", msgspec.json.encode(info))
            for name, raw in others.items():
                file.member(name, raw)
            file.write_table("licenses", map(msgspec.json.encode, licenses))
            file.write_table("categories", map(msgspec.json.encode, categories))
            file.write_table("images", self._images())
            file.write_table("annotations", self._annotations())
        return [*notes, *self._notes(), *self._emptied_notes(categories)]

    def _other_members(self) -> tuple[dict[str, msgspec.Raw], list[str]]:
        """Return what stands beside the tables, where all files that have it agree."""
        found: dict[str, msgspec.Raw] = {}
        differing: dict[str, str] = {}
        for part in self.parts:
            for name, raw in part.source.document.members.items():
                if name not in (*TABLES, "info") and found.setdefault(name, raw) != raw:
                    differing[name] = part.source.path
        notes = [f"{name!r} is skipped: that of {path} differs" for name, path in
                 differing.items()]  # fmt: skip
        return {name: raw for name, raw in found.items() if name not in differing}, notes

    def _images(self) -> Iterator[bytes]:
        number = 0
        for part in self.parts:
            self._image_ids.append({})
            position = -1
            for keys, rows in read_rows(part.source.document, "images", ImageKeys):
                for key, row in zip(keys, rows, strict=True):
                    position += 1
                    if position in part.chosen:
                        number += 1
                        self._image_ids[-1][key.id] = number
                        yield msgspec.json.encode(self._image(part, row, number, position))
                self._note_links(part, rows)

    def _image(self, part: Part, row: Row, number: int, position: int) -> Row:
        row["id"], row["file_name"] = number, part.prefix + part.source.file_names[position]
        if "license" in row:
            row["license"] = self._license(part, msgspec.json.decode(row["license"]))
        if "sources" in row:
            row["sources"] = self._sources(part, row["sources"], position)
        for key in _CATEGORY_LISTS:
            if key in row:
                row[key] = [part.categories[number] for number in msgspec.json.decode(row[key])]
        return row

    def _license(self, part: Part, number: Any) -> int | None:
        known = part.licenses.get(number) if type(number) in (int, float) else None
        if known is None and number is not None:
            self._lost_licenses[part.source.path] += 1
        return known

    def _sources(self, part: Part, raw: msgspec.Raw, position: int) -> Any:
        """Renumber the licences of the photographs behind an image of ours, and note their hashes.

        Here the manifest of the dataset cannot be found any more.
        """
        photographs = part.source.shown.sources[position]
        if not photographs:  # another program's key of this name
            return raw
        sources = with_hashes_of(photographs, msgspec.json.decode(raw))
        for made in sources:
            if "license" in made:
                made["license"] = self._license(part, made["license"])
        return sources

    def _annotations(self) -> Iterator[bytes]:
        number = 0
        for part, image_ids in zip(self.parts, self._image_ids, strict=True):
            before = number
            for keys, rows in read_rows(part.source.document, "annotations", AnnotationKeys):
                for key, row in zip(keys, rows, strict=True):
                    category = part.categories[key.category_id]
                    if key.image_id not in image_ids:
                        self._dropped[category] += 1
                    else:
                        number += 1
                        self._present.add(category)
                        row["id"], row["image_id"] = number, image_ids[key.image_id]
                        row["category_id"] = category
                        if category in self._poses:
                            self._pose(part, row, category)
                        yield msgspec.json.encode(row)
                self._note_links(part, rows)
                self._note_forms(part, rows)
            self.annotations.append(number - before)

    def _pose(self, part: Part, row: Row, category: int) -> None:
        """Say of an annotation without keypoints that none are labelled, as clients need it."""
        if row.get("keypoints", _NULL) == _NULL:
            row["keypoints"], row["num_keypoints"] = [0] * (3 * self._poses[category]), 0
            self._unposed[part.source.path] += 1

    def _note_links(self, part: Part, rows: Sequence[Row]) -> None:
        for key in set().union(*rows) - _RENUMBERED:
            if key.endswith(("_id", "_ids")):
                self._links.setdefault(key, {})[part.source.path] = None

    def _note_forms(self, part: Part, rows: Sequence[Row]) -> None:
        """Remember which forms the masks of single objects have; crowds are run lengths always."""
        for row in rows if len(self._forms) < 2 else ():
            form = bytes(memoryview(row["segmentation"])[:1]) if "segmentation" in row else b""
            if form == b"[" or (form == b"{" and row.get("iscrowd") != msgspec.Raw(b"1")):
                self._forms.setdefault(form, part.source.path)

    def _notes(self) -> Iterator[str]:
        for path, count in self._lost_licenses.items():
            yield f"{path}: {count} images name a licence that is not listed; theirs is null now"
        for path, count in self._unposed.items():
            yield f"{path}: {count} annotations have no keypoints: they are written as not labelled"
        for key, paths in self._links.items():
            if len(paths) > 1:
                yield (
                    f"{key!r} is in {' and '.join(paths)} and kept as it is: "
                    "one number may mean two things"
                )
        if len(self._forms) > 1:
            yield (
                f"masks are polygons in {self._forms[b'[']} and run lengths in "
                f"{self._forms[b'{']}: for detectron2 set INPUT.MASK_FORMAT to bitmask"
            )

    def _emptied_notes(self, categories: Sequence[Record]) -> Iterator[str]:
        """Name the categories that have lost all annotations they had."""
        lost = [record for record in categories if record["id"] not in self._present]
        found = [f"{record['name']!r} ({self._dropped[record['id']]})" for record in lost
                 if record["id"] in self._dropped]  # fmt: skip
        if found:
            more = f" and {len(found) - 8} more" if len(found) > 8 else ""
            yield (
                f"categories: none of the annotations of {', '.join(found[:8])}{more} is in the "
                "merged file: their images were not taken"
            )
