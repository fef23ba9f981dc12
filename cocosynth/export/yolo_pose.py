"""Pose labels of ultralytics YOLO, in a folder of their own with links to the images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from cocosynth.coco.keypoints import NOWHERE, UNLABELLED, swapped
from cocosynth.core.errors import CocosynthError
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Annotation, Keypoint, Size
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.with_keypoints import refuse_none, with_keypoints
from cocosynth.export.yolo_detect import centred
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

FOLDER = "yolo_pose"

_NO_POINTS = "annotation of a category without keypoints, in pose labels"


@dataclass(frozen=True)
class YoloPoseExporter:
    """Labels of ultralytics YOLO for poses: a box and the keypoints of each object."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    def __post_init__(self) -> None:
        refuse_images_split(self.context, FOLDER)
        refuse_none(self.context, FOLDER)
        first, *others = with_keypoints(self.context) or (None,)
        for other in others:
            if first is not None and other is not None and other.keypoints != first.keypoints:
                raise CocosynthError(
                    f"export.formats: {FOLDER}: {first.name!r} and {other.name!r} have other "
                    "keypoints; YOLO knows one list of them for all: choose one of them by "
                    "`categories` of the sources"
                )

    @property
    def _folder(self) -> Path:
        return self.context.folder / FOLDER

    def write(self, sample: Sample) -> YoloImage:
        own_image(self._folder, self.context, sample)
        size = sample.scene.size
        points = {category.id: len(category.keypoints) for category in self.context.categories}
        single = [annotation for annotation in sample.annotations if not annotation.crowd]
        posed = [annotation for annotation in single if points[annotation.category_id]]
        return YoloImage(
            sample.file_name,
            {
                CROWD: len(sample.annotations) - len(single),
                _NO_POINTS: len(single) - len(posed),
            },
            [(a.category_id, _label(a, points[a.category_id], size)) for a in posed],
        )

    def finish(self, split: str, parts: Iterable[Numbered[YoloImage]]) -> list[SkippedRow]:
        context = replace(self.context, categories=with_keypoints(self.context))
        return write_labels(self._folder / LABELS / split, context, parts)

    def close(self) -> None:
        categories = with_keypoints(self.context)
        more = {}
        for category in categories[:1]:
            more["kpt_shape"] = [len(category.keypoints), 3]
            more["flip_idx"] = swapped(category.keypoints, category.pairs)
        write_data(self._folder / DATA, self.context, categories, prefix=f"{IMAGES}/", more=more)


def _label(annotation: Annotation, count: int, size: Size) -> str:
    """Write the box, and x, y and visibility of each keypoint, as ultralytics converts COCO."""
    points = annotation.keypoints or (NOWHERE,) * count
    return " ".join((text_of(centred(annotation, size)), *(_text(p, size) for p in points)))


def _text(point: Keypoint, size: Size) -> str:
    if point.visibility == UNLABELLED:
        return "0 0 0"
    height, width = size
    x, y = (min(max(place, 0), 1) for place in (point.x / width, point.y / height))
    return f"{text_of((x, y))} {point.visibility}"
