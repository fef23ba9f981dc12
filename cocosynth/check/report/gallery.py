"""The images that the page shows: chosen, drawn by workers, described in a few bytes each."""

from __future__ import annotations

import base64
import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
import numpy as np

from cocosynth.check.report.dataset import Split
from cocosynth.check.report.origins import Origins
from cocosynth.check.report.picture import Drawn, Work
from cocosynth.check.stats.measure import MEDIUM, SMALL
from cocosynth.coco.document import Document
from cocosynth.coco.image_paths import ImagePaths
from cocosynth.coco.spelling import name_in_url
from cocosynth.core.errors import UnusableError

Record = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the page goes.

    Attributes
    ----------
    page : Path
    folder : Path or None
        Of its pictures; None where they stand in the page itself.
    """

    page: Path
    folder: Path | None

    def picture(self, name: str) -> Path | None:
        """Return where a picture goes."""
        return None if self.folder is None else self.folder / name

    def address(self, path: str | Path) -> str:
        """Return what the page calls a file: relative, so that both may be moved together."""
        try:
            relative = os.path.relpath(str(path), str(self.page.parent))
        except ValueError:  # on another drive
            return Path(path).absolute().as_uri()
        return quote(os.fsencode(relative.replace(os.sep, "/")), safe="/")

    def shown(self, name: str, content: bytes) -> str:
        """Return the address of a picture that was drawn."""
        if self.folder is not None:
            return self.address(self.folder / name)
        return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


class Shown(NamedTuple):
    """An image of the gallery on its way to a worker and back."""

    record: Record
    annotations: list[bytes]
    path: str | None
    picture: str


def works(
    split: Split, document: Document, rows: Sequence[int], place: Place, first: int,
    pending: deque[Shown],
) -> Iterator[Work]:  # fmt: skip
    """Yield what a worker is to draw, and put the same image at the end of `pending`.

    Parameters
    ----------
    split : Split
    document : Document
        Its file.
    rows : sequence of int
        Of the images to draw.
    place : Place
    first : int
        The number of the first of their thumbnails.
    pending : deque of Shown
    """
    paths = _paths(split, document)
    for number, (record, raws) in enumerate(split.records(document, rows), first):
        picture = f"{number:06}.jpg"
        path, fault = _found(paths, _name(record))
        pending.append(Shown(record, raws, path, picture))
        yield Work(path, False, _size(record), tuple(raws), place.picture(picture), fault)


def _paths(split: Split, document: Document) -> ImagePaths | None:
    if split.images is None:
        return None
    names = (_name(record) for _, _, batch in document.batches("images") for record in batch)
    return ImagePaths(split.images, names)


def _name(record: Record) -> str:
    """Return the file name of an image; LVIS has it in an address."""
    name = record.get("file_name")
    return name if isinstance(name, str) else name_in_url(record.get("coco_url")) or ""


def _found(paths: ImagePaths | None, name: str) -> tuple[str | None, str]:
    """Return the path of an image file, and why there is none."""
    if paths is None:
        return None, "the folder of the images is not known"
    try:
        return paths.path(name), ""
    except UnusableError as error:
        return None, str(error)


def _size(record: Record) -> tuple[int, int]:
    sides = [record.get("height"), record.get("width")]
    if all(type(side) is int and 0 < side <= 1_000_000 for side in sides):
        return sides[0], sides[1]  # type: ignore[return-value]
    return 0, 0


@dataclass(frozen=True, eq=False)
class Describer:
    """Says of each image what the page needs to know; keys that say nothing are absent."""

    place: Place
    categories: Mapping[str, int]
    number: int
    split: Split
    origins: Mapping[int, Record]

    @cached_property
    def _names(self) -> dict[int, str]:
        return dict(self.split.columns.categories)

    def describe(self, shown: Shown, drawn: Drawn) -> Record:
        record = shown.record
        height, width = drawn.size
        origin = self.origins.get(record["id"], {})
        annotations = [
            self._annotation(msgspec.json.decode(raw), rings, points, origin)
            for raw, rings, points in zip(shown.annotations, drawn.rings, drawn.points, strict=True)
        ]
        about: Record = {
            "s": self.number,
            "i": record.get("id"),
            "n": _name(record),
            "w": width,
            "h": height,
            "a": annotations,
        }
        if drawn.fault:
            about["f"] = drawn.fault
        else:
            about["t"] = self.place.shown(shown.picture, drawn.thumbnail)
            if self.place.folder is not None and shown.path is not None:
                about["u"] = self.place.address(shown.path)
        if "photo" in origin:
            about["p"] = origin["photo"]
        if origin.get("others"):
            about["y"] = origin["others"]
        return about

    def _annotation(self, record: Record, rings: Any, points: Any, origin: Record) -> Record:
        number = record.get("id")
        about: Record = {"c": self.categories[self._names[record["category_id"]]], "i": number}
        box, area = _numbers(record.get("bbox"), 4), _numbers([record.get("area")], 1)
        known = origin.get("parts", {}).get(number, {})
        seen = known.get("visible", _visibility(record))
        optional = {
            "b": box,
            "m": area[0] if area else None,
            "r": rings or None,
            "k": points or None,
            "o": 1 if record.get("iscrowd") else None,
            "v": seen,
            "e": _is_occluded(record),
            "p": known.get("photo"),
            "g": 1 if known.get("carried") else None,
            "z": known.get("scale"),
            "d": known.get("blend"),
            "q": known.get("back"),
        }
        return about | {key: value for key, value in optional.items() if value is not None}


def _numbers(said: Any, count: int) -> list[float] | None:
    if not isinstance(said, list) or len(said) != count:
        return None
    if not all(type(value) in (int, float) and abs(value) <= 1e9 for value in said):
        return None
    return [round(value, 1) for value in said]


def _visibility(record: Record) -> float | None:
    """Return the visible fraction that an annotation of another tool gives."""
    said = record.get("attributes")
    seen = said.get("visibility") if isinstance(said, dict) else None
    known = isinstance(seen, (int, float)) and not isinstance(seen, bool) and 0 <= seen <= 1
    return round(float(seen), 3) if known else None  # type: ignore[arg-type]


def _is_occluded(record: Record) -> int | None:
    """Return 1 where an annotation says that something hides a part of it, as CVAT writes it."""
    said = record.get("attributes")
    return 1 if isinstance(said, dict) and said.get("occluded") in (1, True) else None


def used_photos(images: Sequence[Record]) -> list[int]:
    """Return the photographs of objects in some images, in the order they appear."""
    found = (a["p"] for image in images for a in image["a"] if "p" in a and "q" in a)
    return list(dict.fromkeys(found))


def photo_works(
    origins: Origins, numbers: Sequence[int], place: Place, sizes: dict[int, str]
) -> Iterator[Work]:
    """Yield the photographs to draw; those that are not there are skipped."""
    keys = list(origins.numbers)
    for number in numbers:
        found = origins.photographs.find(*keys[number])
        if found is None:
            continue
        sizes[number] = f"p{number:06}.jpg"
        path, upright = found
        known = origins.photographs.hashes.get(keys[number], "")
        yield Work(path, upright, (0, 0), (), place.picture(sizes[number]), sha256=known)


def tally_of(names: Sequence[str], splits: Sequence[Split]) -> list[Record]:
    """Return instances, images and sizes by category, of all splits together."""
    rows = {name: {"n": name, "k": 0, "m": 0, "z": [0, 0, 0]} for name in names}
    for split in splits:
        columns = split.columns
        single = ~columns.crowd
        pairs = np.unique(
            np.stack([columns.category[single], columns.image[single]], axis=1), axis=0
        )
        total = len(columns.categories)
        counts = np.bincount(columns.category[single], minlength=total)
        images = np.bincount(pairs[:, 0], minlength=total)
        area = columns.area[single]
        classes = np.digitize(area, [SMALL, MEDIUM])
        known = ~np.isnan(area)
        sized = columns.category[single][known] * 3 + classes[known]
        sizes = np.bincount(sized, minlength=3 * total).reshape(total, 3).tolist()
        for row, (_, name) in enumerate(columns.categories):
            entry: Any = rows[name]
            entry["k"] += int(counts[row])
            entry["m"] += int(images[row])
            entry["z"] = [a + b for a, b in zip(entry["z"], sizes[row], strict=True)]
    return list(rows.values())
