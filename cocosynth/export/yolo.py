"""Segmentation labels of ultralytics YOLO: a text file beside each image, and ``data.yaml``."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

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

    @cached_property
    def _classes(self) -> dict[int, int]:
        return {category.id: number for number, category in enumerate(self.context.categories)}

    def write(self, sample: Sample) -> int:
        """Write the labels of an image; return how many crowds it has."""
        objects = [annotation for annotation in sample.annotations if not annotation.crowd]
        lines = [self._line(annotation, sample) for annotation in objects]
        image = Layout(self.context.folder).images(sample.scene.split) / sample.file_name
        files.write(image.with_suffix(".txt"), "".join(lines).encode())
        return len(sample.annotations) - len(objects)

    def _line(self, annotation: Annotation, sample: Sample) -> str:
        box, (height, width) = annotation.box, sample.scene.size
        points = outline(np.ascontiguousarray(annotation.mask).view(np.uint8))
        points = (points + (box.left, box.top)) / (width, height)
        places = " ".join(["%.6f"] * points.size) % tuple(points.ravel().tolist())
        return f"{self._classes[annotation.category_id]} {places}\n"

    def finish(self, split: str, parts: Iterable[Numbered[int]]) -> list[SkippedRow]:
        crowds = sum(each.part for each in parts)
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
