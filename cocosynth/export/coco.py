"""A COCO instances dataset: images, annotation files, and the scenes behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.coco.table_writer import Table, begin, end, to_json, write_spooled_table, write_table
from cocosynth.core import files, images
from cocosynth.core.values import (
    Annotation,
    Category,
    Composite,
    License,
    Matrix,
    Photo,
    Placement,
    Record,
    Scene,
)
from cocosynth.export.options import Export, Info
from cocosynth.foregrounds.bank import Bank
from cocosynth.labels.annotate import annotate


@dataclass(frozen=True)
class CocoExporter:
    """Writes images in the workers and, at the end, one annotation file for each split.

    Attributes
    ----------
    out : Path
        The folder of the dataset.
    options : Export
    """

    out: Path
    options: Export

    def write(self, scene: Scene, composite: Composite) -> tuple[Record, int]:
        """Write the image of a scene; return its record, and how many annotations are hidden."""
        file_name = f"{scene.index + 1:012d}.{self.options.image_format}"
        content = images.encode_image(
            composite.image, self.options.image_format, quality=self.options.quality
        )
        files.write(self.out / scene.split / file_name, content)
        annotations, hidden = annotate(composite, segmentation=self.options.segmentation)
        return Record(file_name, scene, annotations), hidden


@dataclass
class SplitWriter:
    """Turns the records of a split, taken in index order, into its two files.

    Attributes
    ----------
    photos, categories, bank, info
        What the records refer to.
    used : Counter of int
        How many images each photo has gone into.
    instances : Counter of str
        How many annotations each category has.
    pasted : int
        How many annotations are of pasted objects.
    """

    photos: Sequence[Photo]
    categories: Sequence[Category]
    bank: Bank
    info: Info
    used: Counter[int] = field(default_factory=Counter)
    instances: Counter[str] = field(default_factory=Counter)
    pasted: int = 0
    _licenses: dict[License, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {category.id: category.name for category in self.categories}

    def write(self, annotation_file: Path, scene_file: Path, records: Iterable[Record]) -> None:
        """Write both files; nothing is kept in memory but counts.

        Parameters
        ----------
        annotation_file, scene_file : Path
        records : iterable of Record
            Of the split, in index order.
        """
        with (
            files.atomic(annotation_file) as stream,
            files.atomic(scene_file) as scenes,
            files.temporary(annotation_file.parent) as spool,
        ):
            stream.write(b'{"info":' + to_json(_info(self.info)))
            image_table, annotation_table = begin(stream, "images"), Table(spool)
            annotation_id = 1
            for image_id, record in enumerate(records, start=1):
                numbered = list(enumerate(record.annotations, start=annotation_id))
                annotation_id += len(numbered)
                image_table.add(self._image(image_id, record))
                for number, annotation in numbered:
                    annotation_table.add(self._annotation(number, image_id, annotation))
                scenes.write(to_json(self._scene(image_id, record, numbered)) + b"\n")
            end(stream)
            write_spooled_table(stream, "annotations", spool)
            write_table(stream, "categories", self.categories)
            write_table(stream, "licenses", self._license_records())
            stream.write(b"}\n")

    def _image(self, image_id: int, record: Record) -> dict[str, Any]:
        height, width = record.scene.size
        sources = self._photos_of(record.scene)
        self.used.update(sources)
        return {
            "id": image_id,
            "file_name": record.file_name,
            "width": width,
            "height": height,
            "license": self._license_of(sources),
            "date_captured": self.info.date_created,
            "sources": [self._source(number) for number in sources],
        }

    def _photos_of(self, scene: Scene) -> list[int]:
        """Return the photos in a scene, the background first, each once."""
        pasted = (self._photo_of(placement.instance) for placement in scene.placements)
        return list(dict.fromkeys((scene.background.photo, *pasted)))

    def _photo_of(self, instance: int) -> int:
        return int(self.bank.entries["photo"][instance])

    def _source(self, number: int) -> dict[str, Any]:
        photo = self.photos[number]
        source = {"dataset": photo.source, "file_name": photo.file_name}
        identity = {} if photo.image_id is None else {"image_id": photo.image_id}
        credit = {"attribution": photo.attribution} if photo.attribution else {}
        return {
            **source,
            **identity,
            "license": self._license_id(photo.license),
            **credit,
            **dict(photo.fields),
        }

    def _license_id(self, license: License) -> int:
        return self._licenses.setdefault(license, len(self._licenses) + 1)

    def _license_of(self, sources: list[int]) -> int:
        """Give the id of the one licence of all sources, or of an entry that names them all."""
        found = list(dict.fromkeys(self.photos[number].license for number in sources))
        found.sort(key=lambda license: (license.name, license.url))
        if len(found) == 1:
            return self._license_id(found[0])
        names = "; ".join(license.name for license in found)
        urls = " ".join(license.url for license in found if license.url)
        return self._license_id(License(f"Composite of: {names}", urls))

    def _license_records(self) -> Iterator[dict[str, Any]]:
        for license, number in self._licenses.items():
            yield {"id": number, "name": license.name, "url": license.url}

    def _annotation(self, number: int, image_id: int, annotation: Annotation) -> dict[str, Any]:
        self.instances[self._names[annotation.category_id]] += 1
        self.pasted += annotation.placement is not None
        return {
            "id": number,
            "image_id": image_id,
            "category_id": annotation.category_id,
            "bbox": annotation.bbox,
            "area": annotation.area,
            "iscrowd": annotation.iscrowd,
            "segmentation": annotation.segmentation,
        }

    def _scene(
        self, image_id: int, record: Record, numbered: Sequence[tuple[int, Annotation]]
    ) -> dict[str, Any]:
        """Say where every pixel and every annotation of an image comes from."""
        scene = record.scene
        background = self.photos[scene.background.photo]
        return {
            "image_id": image_id,
            "file_name": record.file_name,
            "size": scene.size,
            "background": {**_key(background), "crop": scene.background.crop},
            "background_annotations": [
                {
                    "annotation_id": number,
                    "source_annotation_id": annotation.background_annotation_id,
                    "visibility": annotation.visibility,
                }
                for number, annotation in numbered
                if annotation.placement is None
            ],
            "placements": [
                self._placement(number, annotation, scene)
                for number, annotation in numbered
                if annotation.placement is not None
            ],
        }

    def _placement(self, number: int, annotation: Annotation, scene: Scene) -> dict[str, Any]:
        assert annotation.placement is not None
        placement = scene.placements[annotation.placement]
        source_id = int(self.bank.entries["annotation_id"][placement.instance])
        return {
            "annotation_id": number,
            **_key(self.photos[self._photo_of(placement.instance)]),
            **({} if source_id < 0 else {"source_annotation_id": source_id}),
            "matrix": self._from_photo(placement),
            "visibility": annotation.visibility,
        }

    def _from_photo(self, placement: Placement) -> Matrix:
        """Turn the matrix of an instance's own pixels into one of its photo's."""
        box = self.bank.entry(placement.instance).box
        (a, b, c), (d, e, f), (g, h, i) = placement.matrix
        x, y = -box.left, -box.top
        return (
            (a, b, a * x + b * y + c),
            (d, e, d * x + e * y + f),
            (g, h, g * x + h * y + i),
        )


def _key(photo: Photo) -> dict[str, Any]:
    identity = {} if photo.image_id is None else {"source_image_id": photo.image_id}
    return {"dataset": photo.source, "file_name": photo.file_name, **identity}


def _info(info: Info) -> Mapping[str, Any]:
    """Leave out what the user left out: an invented year or date would be a lie."""
    return {key: value for key, value in msgspec.structs.asdict(info).items() if value is not None}
