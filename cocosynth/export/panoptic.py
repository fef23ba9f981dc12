"""COCO panoptic: a PNG of segment ids for each image, and one JSON file for each split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import msgspec
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.coco.table_writer import Table, table_file, to_json
from cocosynth.core import files, images
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Annotation, Size
from cocosynth.export.context import NO_MASK, ExportContext, Numbered
from cocosynth.export.image_records import ImageRecords, info_record
from cocosynth.export.stacked import stacked

FOLDER = "panoptic"

HIDDEN = "annotation that smaller ones cover, of which no pixel is left"

_SPREAD = 0x9E3779  # odd: times it, modulo 2^24, no two numbers become one


class Segment(msgspec.Struct, frozen=True):
    """A segment of a panoptic image; its category as samples have it."""

    id: int
    category_id: int
    iscrowd: int
    bbox: tuple[int, int, int, int]
    area: int


class PanopticImage(msgspec.Struct, frozen=True):
    """What is left to say of an image once its PNG is written."""

    file_name: str
    size: Size
    photos: list[int]
    segments: list[Segment]
    skipped: dict[str, int]

    @property
    def png(self) -> str:
        return png_name(self.file_name)


def png_name(file_name: str) -> str:
    """Return the name of the PNG of labels of an image."""
    return PurePosixPath(file_name).with_suffix(".png").as_posix()


def segment_id(position: int) -> int:
    """Return the id of a segment: far from those of its neighbours, so that colours differ.

    Examples
    --------
    >>> segment_id(0), segment_id(1)
    (10368889, 3960562)
    """
    return (position + 1) * _SPREAD % 2**24


@dataclass(frozen=True)
class PanopticExporter:
    """COCO panoptic: every object is a segment, and what belongs to none is void."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    def _name(self, split: str) -> Path:
        return self.context.folder / FOLDER / f"panoptic_{split}"

    def write(self, sample: Sample) -> PanopticImage:
        labels = stacked(sample.annotations, sample.scene.size)
        ids = np.zeros(len(sample.annotations) + 1, dtype=np.uint32)
        ids[1:] = [segment_id(at) for at in range(len(sample.annotations))]
        colours = ids[:, None] >> np.array([0, 8, 16], dtype=np.uint32) & 255
        path = self._name(sample.scene.split) / png_name(sample.file_name)
        files.make_folder(path.parent)
        content = images.encode_image(colours.astype(np.uint8)[labels], "png", quality=0)
        files.write_atomic(path, content)
        segments, skipped = [], {NO_MASK: 0, HIDDEN: 0}
        for position, annotation in enumerate(sample.annotations):
            segment = _segment(position, annotation, labels)
            if segment is None:
                skipped[HIDDEN if annotation.masked else NO_MASK] += 1
            else:
                segments.append(segment)
        size = sample.scene.size
        return PanopticImage(sample.file_name, size, sample.photos, segments, skipped)

    def finish(self, split: str, parts: Iterable[Numbered[PanopticImage]]) -> list[SkippedRow]:
        """Write the file of a split."""
        context, small = self.context, ImageRecords(self.context)
        folder = files.make_folder(self._name(split))
        skipped = {NO_MASK: 0, HIDDEN: 0}
        path = folder.with_suffix(".json")
        with table_file(path) as tables, files.temporary(path.parent) as spool:
            tables.member("info", to_json(info_record(context.info)))
            annotations = Table(spool)
            with tables.table("images") as written:
                for each in parts:
                    part = each.part
                    record = small.image(each.image_id, part.file_name, part.size, part.photos)
                    written.add(to_json(record))
                    annotations.add(to_json(_annotation(context, each)))
                    for reason, count in part.skipped.items():
                        skipped[reason] += count
            with tables.table("annotations") as table:
                table.add_spooled(spool)
            things = ({**to_record(category), "isthing": 1} for category in context.categories)
            tables.write_table("categories", map(to_json, things))
            tables.write_table("licenses", map(to_json, small.licenses()))
        return [SkippedRow("images", reason, count) for reason, count in skipped.items() if count]


def to_record(category: Any) -> dict[str, Any]:
    """Return a category as the record of a COCO file."""
    record: dict[str, Any] = msgspec.json.decode(to_json(category))
    return record


def _segment(position: int, annotation: Annotation, labels: np.ndarray) -> Segment | None:
    """Describe what is left of an annotation."""
    owned = labels[annotation.box.slices] == position + 1
    tight = box_of(owned)
    if tight is None or not annotation.masked:
        return None
    box = tight.moved(annotation.box.top, annotation.box.left)
    return Segment(
        segment_id(position),
        annotation.category_id,
        int(annotation.crowd),
        (box.left, box.top, box.right - box.left, box.bottom - box.top),
        int(np.count_nonzero(owned)),
    )


def _annotation(context: ExportContext, each: Numbered[PanopticImage]) -> dict[str, Any]:
    segments = []
    for segment in each.part.segments:
        category_id = context.category_id(segment.category_id)
        segments.append(msgspec.structs.replace(segment, category_id=category_id))
    return {"image_id": each.image_id, "file_name": each.part.png, "segments_info": segments}
