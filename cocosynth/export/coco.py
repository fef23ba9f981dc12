"""A COCO instances dataset: one annotation file for each split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from cocosynth.coco.layout import ANNOTATIONS, Layout
from cocosynth.coco.part_names import part_of
from cocosynth.coco.table_writer import Table, table_file, to_json
from cocosynth.core import files
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Size
from cocosynth.export.boxes import XYWH, xywh
from cocosynth.export.coco_keys import further_keys, segmentation_of
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.image_records import ImageRecords, info_record

_NONE = msgspec.Raw(b"null")


class CocoAnnotation(msgspec.Struct, frozen=True):
    """An annotation record but for its ids; the segmentation is its JSON, null for none."""

    category_id: int
    bbox: XYWH
    area: int
    iscrowd: int
    segmentation: msgspec.Raw
    fields: dict[str, Any] = {}  # further keys

    def record(self, number: int, image_id: int, category_id: int) -> dict[str, Any]:
        return {
            "id": number,
            "image_id": image_id,
            "category_id": category_id,
            "bbox": self.bbox,
            "area": self.area,
            "iscrowd": self.iscrowd,
            **({} if self.segmentation == _NONE else {"segmentation": self.segmentation}),
            **self.fields,
        }


class CocoImage(msgspec.Struct, frozen=True):
    """What is left to say of an image once its pixels are written."""

    file_name: str
    size: Size
    photos: list[int]
    annotations: list[CocoAnnotation]

    def record(self, records: ImageRecords, image_id: int) -> dict[str, Any]:
        return records.image(image_id, self.file_name, self.size, self.photos)

    def annotation_records(
        self, context: ExportContext, numbered: Numbered[CocoImage]
    ) -> Iterator[dict[str, Any]]:
        """Yield the annotations with their ids, those of their categories being the dataset's."""
        for number, annotation in zip(numbered.annotation_ids, self.annotations, strict=True):
            category_id = context.category_id(annotation.category_id)
            yield annotation.record(number, numbered.image_id, category_id)


@dataclass(frozen=True)
class CocoExporter:
    """Annotation files of COCO, one for each split; masks are encoded in the workers."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{ANNOTATIONS}/",)

    def write(self, sample: Sample) -> CocoImage:
        size = sample.scene.size
        return CocoImage(
            sample.file_name,
            size,
            sample.photos,
            [self._annotation(annotation, sample) for annotation in sample.annotations],
        )

    def _annotation(self, annotation: Annotation, sample: Sample) -> CocoAnnotation:
        form: str = self.context.options.segmentation
        if form == "polygon" and annotation.crowd:
            form = "counts"
        written = _NONE
        if form != "none" and annotation.masked:
            mask = segmentation_of(annotation.mask, annotation.box, sample.scene.size, form)
            written = msgspec.Raw(msgspec.json.encode(mask))
        return CocoAnnotation(
            annotation.category_id,
            xywh(annotation),
            annotation.area,
            int(annotation.crowd),
            written,
            further_keys(annotation, sample, self.context),
        )

    def finish(self, split: str, parts: Iterable[Numbered[CocoImage]]) -> None:
        """Write the file of a split, and its parts; nothing is kept in memory but its licences."""
        path = Layout(self.context.folder).annotations(split)
        write_file(self.context, path, parts, images=self.context.splits[split])


def write_file(
    context: ExportContext, path: Path, parts: Iterable[Numbered[CocoImage]], *, images: int
) -> None:
    """Write a COCO file of so many images, and the smaller ones that the options ask for.

    All have the categories of the context. A smaller one has the licences that it and those before
    it name, so that each has the number it has in the large one.
    """
    small, left = ImageRecords(context), iter(parts)
    with _opened(context, path, small) as whole:
        for piece, count in _pieces(path, context.options.annotation_parts, images):
            with _opened(context, piece, small) as part:
                for each in islice(left, count):
                    _add(context, each, small, (whole, part))
        for each in left:
            _add(context, each, small, (whole,))


def _pieces(path: Path, count: int, images: int) -> Iterator[tuple[Path, int]]:
    """Yield the name of each smaller file, and how many images it has."""
    for number in range(count):
        first, last = (images * at // count for at in (number, number + 1))
        yield part_of(path, number, count), last - first


def _add(
    context: ExportContext,
    each: Numbered[CocoImage],
    small: ImageRecords,
    tables: Iterable[tuple[Table, Table]],
) -> None:
    image = to_json(each.part.record(small, each.image_id))
    records = [to_json(record) for record in each.part.annotation_records(context, each)]
    for of_images, of_annotations in tables:
        of_images.add(image)
        for record in records:
            of_annotations.add(record)


@contextmanager
def _opened(
    context: ExportContext, path: Path, small: ImageRecords
) -> Iterator[tuple[Table, Table]]:
    """Open the tables of images and annotations of a file; the rest is written at its end."""
    with table_file(path) as tables, files.temporary(path.parent) as spool:
        tables.member("info", to_json(info_record(context.info)))
        annotations = Table(spool)
        with tables.table("images") as images:
            yield images, annotations
        with tables.table("annotations") as table:
            table.add_spooled(spool)
        tables.write_table("categories", map(to_json, context.categories))
        tables.write_table("licenses", map(to_json, small.licenses()))
