"""The scenes behind a dataset: where every pixel and every annotation of an image comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from cocosynth.coco.layout import SCENES, Layout
from cocosynth.coco.records import Id
from cocosynth.coco.table_writer import to_json
from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError
from cocosynth.core.options import Fraction, Pixels
from cocosynth.core.sample import Sample
from cocosynth.core.values import MAX_PIXELS, Annotation, Background, Box, Photo, Step
from cocosynth.export.context import ExportContext, Numbered

FileName = Annotated[
    str, Meta(pattern=r"^([0-9]{5,9}/)?[A-Za-z0-9_][A-Za-z0-9._-]*\Z", max_length=255)
]
"""It leads to no other folder than a numbered one of the split."""

MAX_OBJECTS = 1000
"""Pasted into an image, as `objects_per_image` allows."""

MAX_LAYERS = 65535
"""Of a label image, which is of 16 bits."""

Entry = Annotated[float, Meta(ge=-1e9, le=1e9)]
Row = tuple[Entry, Entry, Entry]


class SceneBackground(msgspec.Struct, frozen=True, kw_only=True):
    """The photo behind everything, the part of it that is shown, and how that fills the image.

    Attributes
    ----------
    crop : Box
    flip : str
        Of the crop, where it is flipped.
    place : Box
        The part of the image that the crop is resized to, where that is not all of it.
    padding : int
        The grey level of the rest.
    reduction : int
        How many times smaller than it is the photo was decoded, where that is so.
    """

    dataset: str
    file_name: str
    source_image_id: Id | UnsetType = UNSET
    crop: Box
    flip: Literal["horizontal", "vertical", "both"] | UnsetType = UNSET
    place: Box | UnsetType = UNSET
    padding: Annotated[int, Meta(ge=0, le=255)] | UnsetType = UNSET
    reduction: Literal[2, 4, 8] | UnsetType = UNSET


class SceneAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """An annotation that came with the background."""

    annotation_id: Id
    source_annotation_id: Id | None
    visibility: Fraction


class ScenePlacement(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that was pasted; `matrix` leads from the pixels of its photo to the image.

    Attributes
    ----------
    annotation_id : int
        Of the object; a distractor without a label has none.
    distractor : str
        Its category, where it was pasted as a distractor.
    """

    annotation_id: Id | UnsetType = UNSET
    distractor: str | UnsetType = UNSET
    dataset: str
    file_name: str
    source_image_id: Id | UnsetType = UNSET
    source_annotation_id: Id | UnsetType = UNSET
    matrix: tuple[Row, Row, Row]
    visibility: Fraction
    blend: str | UnsetType = UNSET  # where one of several modes was drawn
    blend_values: dict[str, Any] | UnsetType = UNSET  # where it depends on chance
    tones: tuple[Step, ...] | UnsetType = UNSET
    harmonize: tuple[Step, ...] | UnsetType = UNSET
    shadow: tuple[Step, ...] | UnsetType = UNSET


class SceneLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``scenes/<split>.jsonl``: what was decided about one image.

    Attributes
    ----------
    size : tuple of int
        Height and width.
    scene : int
        The number of the scene in its split, where several images show it.
    variant : str
        The blend mode in which this image shows it.
    version : int
        Of this form; left away while it is 1.
    """

    image_id: Id
    file_name: FileName
    size: tuple[Pixels, Pixels]
    background: SceneBackground
    background_annotations: Annotated[list[SceneAnnotation], Meta(max_length=MAX_LAYERS)]
    placements: Annotated[list[ScenePlacement], Meta(max_length=MAX_OBJECTS)]
    finish: tuple[Step, ...] | UnsetType = UNSET
    scene: Id | UnsetType = UNSET
    variant: str | UnsetType = UNSET
    version: Literal[1] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.size[0] * self.size[1] > MAX_PIXELS:
            raise ValueError(f"an image has at most {MAX_PIXELS} pixels")

    def visibilities(self) -> Iterator[tuple[int, float]]:
        """Yield the id of every annotation of the image, and how much of it is visible."""
        parts: list[SceneAnnotation | ScenePlacement] = [
            *self.background_annotations,
            *self.placements,
        ]
        for part in parts:
            if part.annotation_id is not UNSET:  # as of a distractor without a label
                yield part.annotation_id, part.visibility

    def photos(self) -> Iterator[SceneBackground | ScenePlacement]:
        """Yield what names a photo."""
        yield self.background
        yield from self.placements

    def numbered(self, image_id: int, annotation_ids: Sequence[int]) -> SceneLine:
        """Give it the ids of the dataset; before, annotations are counted from 0 in each image."""
        return replace(
            self,
            image_id=image_id,
            background_annotations=_numbered(self.background_annotations, annotation_ids),
            placements=_numbered(self.placements, annotation_ids),
        )


def _numbered(parts: Iterable[Any], ids: Sequence[int]) -> list[Any]:
    return [
        part
        if part.annotation_id is UNSET
        else replace(part, annotation_id=ids[part.annotation_id])
        for part in parts
    ]


def read_scenes(path: Path) -> Iterator[SceneLine]:
    """Yield the scenes of a split, one at a time.

    Raises
    ------
    CocosynthError
        If the file cannot be read, or a line is not a scene.
    """
    for number, line in enumerate(files.lines(path), start=1):
        yield decode_as(line, SceneLine, what=f"{path}, line {number}: not a scene")


def find_scene(path: Path, image_id: int) -> SceneLine:
    """Return the scene of an image.

    Raises
    ------
    CocosynthError
        If it is not there, or cannot be read.
    """
    for scene in read_scenes(path):
        if scene.image_id == image_id:
            return scene
    raise CocosynthError(f"{path}: has no image {image_id}")


@dataclass(frozen=True)
class ScenesExporter:
    """A line for each image; every build has them."""

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = (f"{SCENES}/",)

    def write(self, sample: Sample) -> SceneLine:
        scene = sample.scene
        parts = list(enumerate(sample.annotations))
        pasted: list[tuple[int | UnsetType, Annotation]] = [
            part for part in parts if part[1].placement is not None
        ]
        pasted += [(UNSET, annotation) for annotation in sample.unlabelled]
        pasted.sort(key=lambda part: part[1].placement or 0)
        return SceneLine(
            image_id=0,
            file_name=sample.file_name,
            size=scene.size,
            background=self._background(scene.background),
            background_annotations=[
                SceneAnnotation(
                    annotation_id=position,
                    source_annotation_id=annotation.background_annotation_id,
                    visibility=annotation.visibility,
                )
                for position, annotation in parts
                if annotation.placement is None
            ],
            placements=[
                self._placement(position, annotation, sample) for position, annotation in pasted
            ],
            finish=scene.finish or UNSET,
            scene=scene.index + 1 if scene.variant else UNSET,
            variant=scene.variant or UNSET,
        )

    def _background(self, background: Background) -> SceneBackground:
        padded = background.place is not None
        return SceneBackground(
            **_key(self.context.photos[background.photo]),
            crop=background.crop,
            flip=background.flip or UNSET,
            place=background.place or UNSET,
            padding=background.padding if padded else UNSET,
            reduction=UNSET if background.reduction == 1 else background.reduction,  # type: ignore[arg-type]
        )

    def _placement(
        self, position: int | UnsetType, annotation: Annotation, sample: Sample
    ) -> ScenePlacement:
        assert annotation.placement is not None
        photo, source_id, matrix = sample.origins[annotation.placement]
        placement = sample.scene.placements[annotation.placement]
        return ScenePlacement(
            annotation_id=position,
            distractor=placement.distractor or UNSET,
            **_key(self.context.photos[photo]),
            source_annotation_id=UNSET if source_id is None else source_id,
            matrix=matrix,
            visibility=annotation.visibility,
            blend=placement.blend or UNSET,
            blend_values=placement.blend_values or UNSET,
            tones=placement.tones or UNSET,
            harmonize=placement.harmonize or UNSET,
            shadow=placement.shadow or UNSET,
        )

    def finish(self, split: str, parts: Iterable[Numbered[SceneLine]]) -> None:
        with files.atomic(Layout(self.context.folder).scenes(split)) as stream:
            for each in parts:
                scene = each.part.numbered(each.image_id, each.annotation_ids)
                stream.write(to_json(scene) + b"\n")


def _key(photo: Photo) -> dict[str, Any]:
    """Name a photo by its source, and by what it is called there."""
    identity = {} if photo.image_id is None else {"source_image_id": photo.image_id}
    return {"dataset": photo.source, "file_name": photo.file_name, **identity}
