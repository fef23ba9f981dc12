"""Pascal VOC: an XML file of boxes for each image, and lists of the images of each split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath
from typing import ClassVar

import msgspec

from cocosynth.core import files
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Category
from cocosynth.export.boxes import xywh
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.linked import link_image

FOLDER = "VOCdevkit"
_YEAR = "VOC2012"


class VocObject(msgspec.Struct, frozen=True):
    """An object; its box is that of Pascal VOC: whole pixels from 1, the last one included."""

    category_id: int
    difficult: int
    truncated: int
    occluded: int
    box: tuple[int, int, int, int]


class VocImage(msgspec.Struct, frozen=True):
    """An image, and what is in it."""

    file_name: str
    size: tuple[int, int]
    objects: list[VocObject]


@dataclass(frozen=True)
class VocExporter:
    """Pascal VOC: boxes in XML, in the folders of VOC2012."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    @property
    def _folder(self) -> Path:
        return self.context.folder / FOLDER / _YEAR

    def write(self, sample: Sample) -> VocImage:
        """Link the image: there is one folder for those of all splits, so their names begin so."""
        split, name = sample.scene.split, sample.file_name
        link_image(self.context.folder, sample, self._folder / "JPEGImages" / f"{split}_{name}")
        return VocImage(name, sample.scene.size, [_object(a) for a in sample.annotations])

    def finish(self, split: str, parts: Iterable[Numbered[VocImage]]) -> None:
        """Write the XML files of a split, and the list of its images."""
        context = self.context
        names = {category.id: category.name for category in context.categories}
        annotations = files.make_folder(self._folder / "Annotations")
        lists = files.make_folder(self._folder / "ImageSets" / "Main")
        files.make_folder(self._folder / "JPEGImages")
        made = annotations
        with files.atomic(lists / f"{split}.txt") as listed:
            for part in (each.part for each in parts):
                name = f"{split}_{part.file_name}"
                stem = PurePosixPath(name).with_suffix("").as_posix()
                target = annotations / f"{stem}.xml"
                if target.parent != made:
                    made = files.make_folder(target.parent)
                lines = _xml(name, part, lambda number: names[context.category_id(number)])
                content = "\n".join(lines) + "\n"
                files.write_atomic(target, content.encode())
                listed.write(f"{stem}\n".encode())

    def close(self) -> None:
        """Write the names of the categories, in their order."""
        categories: Iterable[Category] = self.context.categories
        text = "".join(f"{' '.join(category.name.split())}\n" for category in categories)
        files.write_atomic(self._folder / "labels.txt", text.encode())


def _object(annotation: Annotation) -> VocObject:
    x, y, w, h = xywh(annotation)
    return VocObject(
        annotation.category_id,
        int(annotation.crowd),
        int(annotation.truncated),
        int(annotation.occluded),
        (math.floor(x) + 1, math.floor(y) + 1, math.ceil(x + w), math.ceil(y + h)),
    )


def _xml(name: str, part: VocImage, category: Callable[[int], str]) -> Iterator[str]:
    height, width = part.size
    yield "<annotation>"
    yield f"  <folder>{_YEAR}</folder>"
    yield f"  <filename>{escape(name, quote=False)}</filename>"
    yield "  <size>"
    yield f"    <width>{width}</width>"
    yield f"    <height>{height}</height>"
    yield "    <depth>3</depth>"
    yield "  </size>"
    yield "  <segmented>0</segmented>"
    for each in part.objects:
        xmin, ymin, xmax, ymax = each.box
        yield "  <object>"
        yield f"    <name>{escape(category(each.category_id), quote=False)}</name>"
        yield "    <pose>Unspecified</pose>"
        yield f"    <truncated>{each.truncated}</truncated>"
        yield f"    <occluded>{each.occluded}</occluded>"
        yield f"    <difficult>{each.difficult}</difficult>"
        yield "    <bndbox>"
        yield f"      <xmin>{xmin}</xmin>"
        yield f"      <ymin>{ymin}</ymin>"
        yield f"      <xmax>{xmax}</xmax>"
        yield f"      <ymax>{ymax}</ymax>"
        yield "    </bndbox>"
        yield "  </object>"
    yield "</annotation>"
