"""Detection labels of ultralytics YOLO, in a folder of their own with links to the images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Annotation, Size
from cocosynth.export.boxes import xywh
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.yolo_files import (
    CROWD,
    DATA,
    IMAGES,
    LABELS,
    YoloImage,
    own_image,
    refuse_images_split,
    text_of,
    write_data,
    write_labels,
)

FOLDER = "yolo_detect"


@dataclass(frozen=True)
class YoloDetectExporter:
    """Labels of ultralytics YOLO for detection: a box for each object."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    def __post_init__(self) -> None:
        refuse_images_split(self.context, FOLDER)

    @property
    def _folder(self) -> Path:
        return self.context.folder / FOLDER

    def write(self, sample: Sample) -> YoloImage:
        own_image(self._folder, self.context, sample)
        size = sample.scene.size
        single = [annotation for annotation in sample.annotations if not annotation.crowd]
        return YoloImage(
            sample.file_name,
            {CROWD: len(sample.annotations) - len(single)},
            [(annotation.category_id, text_of(centred(annotation, size))) for annotation in single],
        )

    def finish(self, split: str, parts: Iterable[Numbered[YoloImage]]) -> list[SkippedRow]:
        return write_labels(self._folder / LABELS / split, self.context, parts)

    def close(self) -> None:
        categories = self.context.categories
        write_data(self._folder / DATA, self.context, categories, prefix=f"{IMAGES}/")


def centred(annotation: Annotation, size: Size) -> tuple[float, float, float, float]:
    """Return the centre of a box, and its width and height, as fractions of the image."""
    (x, y, w, h), (height, width) = xywh(annotation), size
    return (x + w / 2) / width, (y + h / 2) / height, w / width, h / height
