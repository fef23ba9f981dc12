"""A COCO instances dataset: one annotation file for each split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from cocosynth.coco.layout import ANNOTATIONS, Layout
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
        """Write the file of a split; nothing is kept in memory but its licences."""
        write_file(self.context, Layout(self.context.folder).annotations(split), parts)


def write_file(context: ExportContext, path: Path, parts: Iterable[Numbered[CocoImage]]) -> None:
    """Write a COCO file, with the categories of the context."""
    small = ImageRecords(context)
    with table_file(path) as tables, files.temporary(path.parent) as spool:
        tables.member("info", to_json(info_record(context.info)))
        annotations = Table(spool)
        with tables.table("images") as images:
            for each in parts:
                images.add(to_json(each.part.record(small, each.image_id)))
                for record in each.part.annotation_records(context, each):
                    annotations.add(to_json(record))
        with tables.table("annotations") as table:
            table.add_spooled(spool)
        tables.write_table("categories", map(to_json, context.categories))
        tables.write_table("licenses", map(to_json, small.licenses()))
