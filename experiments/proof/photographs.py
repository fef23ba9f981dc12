"""The real photographs: read, told apart, put where a build and `merge` find them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MIN_TRAIN, MIN_TEST, MIN_PHOTOGRAPHS = 15, 10, 5
"""A category counts with that many instances to learn from and to test on, in so many photographs
each. This was decided before the first training."""


@dataclass(frozen=True)
class Source:
    """A COCO file and the folder of its images."""

    coco: Path
    images: Path

    @classmethod
    def parsed(cls, text: str) -> Source:
        coco, colon, images = text.rpartition(":")
        if not colon or not Path(coco).is_file() or not Path(images).is_dir():
            raise SystemExit(f"{text}: must be FILE.json:FOLDER, both there")
        return cls(Path(coco), Path(images))


@dataclass(frozen=True)
class Photograph:
    """A photograph with its annotations; the category is named."""

    path: Path
    sha256: str
    record: dict[str, Any]
    annotations: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Photographs:
    """Which photographs are learnt from, which are tested on, and which categories count."""

    train: tuple[Photograph, ...]
    test: tuple[Photograph, ...]
    categories: tuple[str, ...]

    def counts(self, photographs: Sequence[Photograph]) -> dict[str, int]:
        found = Counter(name for photo in photographs for name in instances_of(photo))
        return {name: found[name] for name in self.categories}

    @property
    def swapped(self) -> Photographs:
        """Return the same, where what is tested on is learnt from, and the other way round."""
        return Photographs(self.test, self.train, self.categories)

    @property
    def digest(self) -> str:
        """Return what tells these photographs, their parts and categories from others."""
        parts = [[photo.sha256 for photo in part] for part in (self.train, self.test)]
        return hashlib.sha256(json.dumps([*parts, self.categories]).encode()).hexdigest()[:12]


def read(
    train: Sequence[Source],
    test: Sequence[Source],
    categories: Sequence[str] = (),
    percent: float = 100,
) -> Photographs:
    """Read both parts; a photograph of both is only tested on, one that comes twice counts once.

    Of what is learnt from, only so many percent are read, at random but always the same.
    """
    tested = _unlike(_photographs(test), [])
    learnt = _unlike(_photographs(train, percent), tested)
    rng = np.random.default_rng(0)  # the first n of any order are a sample
    order = rng.permutation(len(learnt))
    parts = tuple(learnt[place] for place in order), tuple(tested)
    return Photographs(*parts, tuple(categories) or categories_of(*parts))


def fold(photographs: Photographs, number: int, of: int = 3) -> Photographs:
    """Learn from all training photographs but every n-th, and test on those."""
    train = photographs.train
    test = tuple(photo for place, photo in enumerate(train) if place % of == number)
    kept = tuple(photo for place, photo in enumerate(train) if place % of != number)
    return Photographs(kept, test, photographs.categories)


def few(photographs: Photographs, count: int, seed: int) -> Photographs:
    """Learn from so many of all photographs, others for each seed, and test on the rest."""
    every = photographs.train + photographs.test
    learnt, tested = ([every[place] for place in part] for part in drawn(len(every), count, seed))
    return Photographs(tuple(learnt), tuple(tested), photographs.categories)


def drawn(total: int, count: int, seed: int) -> tuple[list[int], list[int]]:
    """Return which of all photographs are learnt from, and which are tested on, in order."""
    order = np.random.default_rng([seed, total]).permutation(total)
    return order[:count].tolist(), sorted(order[count:].tolist())


def categories_of(
    train: Sequence[Photograph], test: Sequence[Photograph], least: int = MIN_PHOTOGRAPHS
) -> tuple[str, ...]:
    """Return the categories that are frequent enough, the most frequent first."""
    enough = []
    for part, fewest in ((train, MIN_TRAIN), (test, MIN_TEST)):
        names = [instances_of(photo) for photo in part]
        instances = Counter(name for found in names for name in found)
        shown = Counter(name for found in names for name in set(found))
        enough.append({n for n in instances if instances[n] >= fewest and shown[n] >= least})
    learnt = Counter(name for photo in train for name in instances_of(photo))
    return tuple(sorted(enough[0] & enough[1], key=lambda name: (-learnt[name], name)))


def instances_of(photo: Photograph) -> list[str]:
    return [a["category"] for a in photo.annotations if not a.get("iscrowd")]


def write(photographs: Sequence[Photograph], folder: Path, split: str) -> tuple[Path, Path]:
    """Write the photographs as a split of a COCO dataset; return its file and its folder."""
    file, images = folder / "annotations" / f"instances_{split}.json", folder / split
    if file.is_file():
        return file, images
    shutil.rmtree(images, ignore_errors=True)
    for path in (file.parent, images):
        path.mkdir(parents=True, exist_ok=True)
    ids = {  # those of COCO, where the files have them
        a["category"]: a["category_id"] for photo in photographs for a in photo.annotations
    }
    content: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "categories": []}
    for number, photo in enumerate(photographs, start=1):
        name = f"{number:06}{photo.path.suffix}"
        shutil.copyfile(photo.path, images / name)
        content["images"].append(photo.record | {"id": number, "file_name": name})
        for annotation in photo.annotations:
            fields = {key: value for key, value in annotation.items() if key != "category"}
            fields |= {"id": len(content["annotations"]) + 1, "image_id": number}
            content["annotations"].append(fields)
    content["categories"] = [{"id": ids[name], "name": name} for name in sorted(ids, key=ids.get)]
    file.write_text(json.dumps(content))
    return file, images


def _photographs(sources: Sequence[Source], percent: float = 100) -> list[Photograph]:
    found = []
    rng = np.random.default_rng(1)
    for source in sources:
        content = json.loads(source.coco.read_bytes())
        names = {category["id"]: category["name"] for category in content["categories"]}
        annotations = defaultdict(list)
        for annotation in content["annotations"]:
            named = annotation | {"category": names[annotation["category_id"]]}
            annotations[annotation["image_id"]].append(named)
        records = content["images"]
        kept = rng.permutation(len(records))[: max(1, round(len(records) * percent / 100))]
        for record in (records[place] for place in sorted(kept)):
            path = source.images / record["file_name"]
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            size = {key: record[key] for key in ("id", "width", "height")}
            found.append(Photograph(path, sha256, size, tuple(annotations[record["id"]])))
    return found


def _unlike(photographs: list[Photograph], others: list[Photograph]) -> list[Photograph]:
    """Drop what is among the others, or came before: by its id or by its content."""
    seen = {key for photo in others for key in (photo.record["id"], photo.sha256)}
    kept = []
    for photo in photographs:
        if not {photo.record["id"], photo.sha256} & seen:
            kept.append(photo)
        seen |= {photo.record["id"], photo.sha256}
    return kept
