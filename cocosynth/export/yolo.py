"""Segmentation labels of ultralytics YOLO: a text file beside each image, and ``data.yaml``."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from cocosynth.coco.layout import Layout
from cocosynth.coco.outlines import outline
from cocosynth.coco.splits import uses_of
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Annotation, Sample
from cocosynth.export.context import ExportContext, Numbered

DATA = "data.yaml"

IMAGES = "images"
"""Where a folder of a path is called so, ultralytics looks for labels in one called `labels`."""

_CROWD = "crowd annotation, which YOLO labels cannot hold"


class YoloImage(msgspec.Struct, frozen=True):
    """The labels of an image: the ring of each object, with the id of its category."""

    file_name: str
    crowds: int
    outlines: list[tuple[int, str]]


@dataclass(frozen=True)
class YoloExporter:
    """Labels of ultralytics YOLO: an outline for each object, classes in their order."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (DATA,)

    def __post_init__(self) -> None:
        if IMAGES in self.context.splits:
            raise CocosynthError(
                f"export.formats: yolo: a split cannot be called {IMAGES!r}: ultralytics would not "
                "look for its labels beside the images; take another name"
            )

    def write(self, sample: Sample) -> YoloImage:
        objects = [annotation for annotation in sample.annotations if not annotation.crowd]
        return YoloImage(
            sample.file_name,
            len(sample.annotations) - len(objects),
            [(annotation.category_id, self._outline(annotation, sample)) for annotation in objects],
        )

    def _outline(self, annotation: Annotation, sample: Sample) -> str:
        box, (height, width) = annotation.box, sample.scene.size
        points = outline(np.ascontiguousarray(annotation.mask).view(np.uint8))
        points = (points + (box.left, box.top)) / (width, height)
        return " ".join(["%.6f"] * points.size) % tuple(points.ravel().tolist())

    def finish(self, split: str, parts: Iterable[Numbered[YoloImage]]) -> list[SkippedRow]:
        """Write the labels of a split: only now it is known which classes there are."""
        context, crowds = self.context, 0
        classes = {category.id: number for number, category in enumerate(context.categories)}
        folder = Layout(context.folder).images(split)
        for part in (each.part for each in parts):
            lines = (f"{classes[context.category_id(n)]} {ring}\n" for n, ring in part.outlines)
            files.write((folder / part.file_name).with_suffix(".txt"), "".join(lines).encode())
            crowds += part.crowds
        return [SkippedRow("images", _CROWD, crowds)] if crowds else []

    def close(self) -> None:
        """Write the file that ultralytics is given."""
        from ruamel.yaml import YAML
        from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted  # `no` is a name

        filled = [split for split, count in self.context.splits.items() if count]
        uses = uses_of(filled)._asdict()
        uses["val"] = uses["val"] or uses["train"]  # ultralytics wants one
        content = {
            **{use: Quoted(split) for use, split in uses.items() if split},
            "names": {n: Quoted(c.name) for n, c in enumerate(self.context.categories)},
        }
        stream = io.BytesIO()
        stream.writelines(f"# {line}\n".encode() for line in self._notes(uses))
        yaml = YAML()
        yaml.allow_unicode = False
        yaml.width = 10_000
        yaml.dump(content, stream)
        files.write_atomic(Path(self.context.folder, DATA), stream.getvalue())

    def _notes(self, uses: dict[str, str | None]) -> Iterable[str]:
        """Say what the file is, and what is not in it."""
        yield "Made by cocosynth for ultralytics; paths are relative to the folder of this file."
        if uses["val"] == uses["train"]:
            yield "There is no other split to validate on: val is what is trained on, too."
        for split, count in self.context.splits.items():
            if not count:
                yield f"The split {split} is not named here: it has no image."
            elif split not in uses.values():
                yield f"The split {split} is not named here: there are train, val and test only."
