"""Segmentation labels of ultralytics YOLO: a text file beside each image, and ``data.yaml``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from cocosynth.coco.layout import Layout
from cocosynth.coco.outlines import outline
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Annotation
from cocosynth.export.context import NO_MASK, ExportContext, Numbered
from cocosynth.export.yolo_files import (
    CROWD,
    DATA,
    YoloImage,
    refuse_images_split,
    text_of,
    write_data,
    write_labels,
)


@dataclass(frozen=True)
class YoloExporter:
    """Labels of ultralytics YOLO: an outline for each object, classes in their order."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (DATA,)

    def __post_init__(self) -> None:
        refuse_images_split(self.context, "yolo")

    def write(self, sample: Sample) -> YoloImage:
        single = [annotation for annotation in sample.annotations if not annotation.crowd]
        objects = [annotation for annotation in single if annotation.masked]
        return YoloImage(
            sample.file_name,
            {CROWD: len(sample.annotations) - len(single), NO_MASK: len(single) - len(objects)},
            [(annotation.category_id, self._outline(annotation, sample)) for annotation in objects],
        )

    def _outline(self, annotation: Annotation, sample: Sample) -> str:
        box, (height, width) = annotation.box, sample.scene.size
        points = outline(np.ascontiguousarray(annotation.mask).view(np.uint8))
        points = (points + (box.left, box.top)) / (width, height)
        return text_of(points.ravel().tolist())

    def finish(self, split: str, parts: Iterable[Numbered[YoloImage]]) -> list[SkippedRow]:
        """Write the labels of a split."""
        return write_labels(Layout(self.context.folder).images(split), self.context, parts)

    def close(self) -> None:
        """Write the file that ultralytics is given."""
        write_data(self.context.folder / DATA, self.context, self.context.categories)
