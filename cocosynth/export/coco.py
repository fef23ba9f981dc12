"""A COCO instances dataset: one annotation file for each split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import msgspec

from cocosynth.coco.layout import ANNOTATIONS, Layout
from cocosynth.coco.table_writer import Table, table_file, to_json
from cocosynth.core import files
from cocosynth.core.values import Annotation, License, Sample, Size
from cocosynth.export.coco_keys import bbox_of, further_keys, segmentation_of
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.options import Info

_NONE = msgspec.Raw(b"null")


class CocoAnnotation(msgspec.Struct, frozen=True):
    """An annotation record but for its ids; the segmentation is its JSON, null for none."""

    category_id: int
    bbox: tuple[int, int, int, int]
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
        if form != "none":
            mask = segmentation_of(annotation.mask, annotation.box, sample.scene.size, form)
            written = msgspec.Raw(msgspec.json.encode(mask))
        return CocoAnnotation(
            annotation.category_id,
            bbox_of(annotation.box),
            annotation.area,
            int(annotation.crowd),
            written,
            further_keys(annotation, sample, self.context),
        )

    def finish(self, split: str, parts: Iterable[Numbered[CocoImage]]) -> None:
        """Write the file of a split; nothing is kept in memory but its licences."""
        context = self.context
        path = Layout(context.folder).annotations(split)
        small = _Tables(context)
        with table_file(path) as tables, files.temporary(path.parent) as spool:
            tables.member("info", to_json(_info(context.info)))
            annotations = Table(spool)
            with tables.table("images") as images:
                for each in parts:
                    images.add(to_json(small.image(each.image_id, each.part)))
                    for number, annotation in zip(
                        each.annotation_ids, each.part.annotations, strict=True
                    ):
                        category_id = context.category_id(annotation.category_id)
                        record = annotation.record(number, each.image_id, category_id)
                        annotations.add(to_json(record))
            with tables.table("annotations") as table:
                table.add_spooled(spool)
            tables.write_table("categories", map(to_json, context.categories))
            tables.write_table("licenses", map(to_json, small.licenses()))


@dataclass(frozen=True)
class _Tables:
    """The image and licence records of one file; licences are numbered as they are met."""

    context: ExportContext
    _licenses: dict[License, int] = field(default_factory=dict)

    def image(self, image_id: int, part: CocoImage) -> dict[str, Any]:
        height, width = part.size
        return {
            "id": image_id,
            "file_name": part.file_name,
            "width": width,
            "height": height,
            "license": self._license_of(part.photos),
            "date_captured": self.context.info.date_created,
            "sources": [self._source(number) for number in part.photos],
        }

    def _source(self, number: int) -> dict[str, Any]:
        photo = self.context.photos[number]
        identity = {} if photo.image_id is None else {"image_id": photo.image_id}
        credit = {"attribution": photo.attribution} if photo.attribution else {}
        return {
            "dataset": photo.source,
            "file_name": photo.file_name,
            **identity,
            "license": self._license_id(photo.license),
            **credit,
            **dict(photo.fields),
        }

    def _license_id(self, license: License) -> int:
        return self._licenses.setdefault(license, len(self._licenses) + 1)

    def _license_of(self, photos: Sequence[int]) -> int:
        """Give the id of the one licence of all photos, or of an entry that names them all."""
        found = list(dict.fromkeys(self.context.photos[number].license for number in photos))
        found.sort(key=lambda license: (license.name, license.url))
        if len(found) == 1:
            return self._license_id(found[0])
        names = "; ".join(license.name for license in found)
        urls = " ".join(license.url for license in found if license.url)
        return self._license_id(License(f"Composite of: {names}", urls))

    def licenses(self) -> Iterator[dict[str, Any]]:
        for license, number in self._licenses.items():
            yield {"id": number, "name": license.name, "url": license.url}


def _info(info: Info) -> dict[str, Any]:
    """Write no key that the user gave no value for: no year or date is invented."""
    return {key: value for key, value in msgspec.structs.asdict(info).items() if value is not None}
