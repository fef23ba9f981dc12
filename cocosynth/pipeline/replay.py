"""Make one image of a dataset again, from its scene and the sources, without any seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import msgspec
import numpy as np

from cocosynth.coco.layout import Layout
from cocosynth.coco.splits import checked_split
from cocosynth.config.config import Config
from cocosynth.config.file import read_config
from cocosynth.core import identity, images
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.geometry import is_in_front, rebased, region_of
from cocosynth.core.registry import is_own
from cocosynth.core.values import Background, Instance, Placement, Rgba, Scene, Size
from cocosynth.core.versions import difference, generator
from cocosynth.export.manifest import Manifest, read_manifest
from cocosynth.export.scenes import SceneBackground, SceneLine, ScenePlacement, find_scene
from cocosynth.foregrounds.cut_instance import cut_instance, open_photo
from cocosynth.foregrounds.warped import Warper, is_too_large
from cocosynth.pipeline.manifest import recorded_ranges
from cocosynth.pipeline.of_dataset import refuse_wrong_sources
from cocosynth.pipeline.photo import read_photo
from cocosynth.pipeline.techniques import techniques_of
from cocosynth.render.blend import BlendMode, keeps_matte
from cocosynth.render.render import Techniques, render
from cocosynth.render.tones.recorded import check_values
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.hashes import photograph_files
from cocosynth.sources.survey import survey
from cocosynth.sources.value_ranges import set_value_ranges

_MISFITS = (  # of damaged values
    *(ArithmeticError, LookupError, MemoryError, TypeError, ValueError),
    cv2.error,
)
_FAR = 32_000  # no object is enlarged or shrunk so far
_ROUNDED = 2  # pixels that a region may be larger than when the object was placed


def replay(
    dataset: Path, folder: Path, *, split: str, image_id: int, allow_code: bool = False
) -> tuple[str, bytes]:
    """Make an image of a dataset again.

    Parameters
    ----------
    dataset : Path
        A dataset that `build` has made.
    folder : Path
        What the paths in its configuration are relative to.
    split : str
    image_id : int
    allow_code : bool
        Import the classes that the configuration of the dataset names.

    Returns
    -------
    file_name : str
    content : bytes
        The encoded image.

    Raises
    ------
    CocosynthError
        If the dataset has no such image, a source is not what it was, or the image comes out
        differently because the versions of the libraries are others.
    """
    layout = Layout(dataset)
    checked_split(split, str(dataset))
    manifest = read_manifest(layout.manifest)
    config = read_config(layout.config, allow_code=allow_code).config
    path = layout.scenes(split)
    if not path.exists():
        there = ", ".join(sorted(manifest.splits))
        raise CocosynthError(f"{dataset}: has no split {split!r}; --split is one of: {there}")
    scene = find_scene(path, image_id)
    _refuse_other_form(config, scene, f"{path}: image {image_id}")
    refuse_wrong_sources(config, folder, layout)
    catalogue = survey(config, folder)
    set_value_ranges(catalogue, recorded_ranges(layout.manifest, manifest))
    Sources(catalogue, manifest).check(scene)
    try:
        content = _compose(config, catalogue, scene, split)
    except _ImpossibleError as error:
        raise CocosynthError(f"{path}: image {image_id} cannot be made: {error}") from None
    built = layout.images(split) / scene.file_name
    if built.is_file() and built.read_bytes() != content:
        change = difference(msgspec.to_builtins(manifest.generator), generator())
        reason = f"; {change}" if change else "; was the file altered?"
        raise CocosynthError(f"{built}: comes out differently from what was built{reason}")
    return scene.file_name, content


def _refuse_other_form(config: Config, scene: SceneLine, where: str) -> None:
    """Refuse a scene that the configuration can make none of, before anything large is made."""
    canvas = config.canvas
    if not isinstance(canvas, str) and scene.size != (canvas.height, canvas.width):
        size = f"{canvas.width} x {canvas.height}"
        raise CocosynthError(f"{where}: its size is not that of the canvas, {size}")
    if not scene.file_name.endswith(f".{config.export.image_format}"):
        raise CocosynthError(
            f"{where}: {scene.file_name!r} does not end in .{config.export.image_format}, the "
            "format of the images"
        )
    most = len(config.augment)
    if scene.finish and len(scene.finish) > len(config.finish):
        raise CocosynthError(f"{where}: it has more steps than `finish` of the configuration")
    if any(part.tones and len(part.tones) > most for part in scene.placements):
        raise CocosynthError(f"{where}: an object has more steps than `augment`")


class _ImpossibleError(Exception):
    """A scene that no build would write."""


@dataclass(frozen=True)
class Sources:
    """The files that an image was made of, as the manifest remembers them."""

    catalogue: Catalogue
    manifest: Manifest

    def check(self, scene: SceneLine) -> None:
        """Refuse a source that is not what it was when the dataset was built."""
        for name, digest in self.manifest.coco_files.items():
            if self.catalogue.coco_files.get(name) != digest:
                raise CocosynthError(f"{name}: has changed since the dataset was built")
        known = {(p.dataset, p.file_name): p for p in self.manifest.photographs}
        for part in scene.photos():
            number = photo_number(self.catalogue, part)
            record = known.get((part.dataset, part.file_name))
            if record is None:
                raise CocosynthError(
                    f"{part.dataset}: {part.file_name} is not in the manifest of the dataset"
                )
            for key, path in photograph_files(self.catalogue, number):
                if identity.sha256(path) != getattr(record, key):
                    raise CocosynthError(f"{path}: has changed since the dataset was built")


def photo_number(catalogue: Catalogue, part: SceneBackground | ScenePlacement) -> int:
    number = catalogue.photos.find(part.dataset, part.file_name)
    if number is None:
        raise CocosynthError(
            f"{part.dataset}: {part.file_name} cannot be used any more: missing or changed"
        )
    return number


def _compose(config: Config, catalogue: Catalogue, scene: SceneLine, split: str) -> bytes:
    crop, place = scene.background.crop, scene.background.place or None
    background = Background(
        *(photo_number(catalogue, scene.background), crop, scene.background.flip or "", place),
        padding=scene.background.padding or 0,
        reduction=scene.background.reduction or 1,
    )
    photo = catalogue.photos[background.photo]
    if isinstance(config.canvas, str) and scene.size != photo.size:
        height, width = photo.size
        raise _ImpossibleError(f"its size is not that of its background, {width} x {height}")
    if crop != crop.clipped(photo.size) or not min(crop.size):
        raise _ImpossibleError("its crop does not lie in the background")
    if place is not None and (place != place.clipped(scene.size) or not min(place.size)):
        raise _ImpossibleError("the place of its background does not lie in the image")
    if any(edge % background.reduction for edge in crop):
        raise _ImpossibleError("its crop does not begin and end between pixels of the background")
    cut = cache(lambda key: _instance(catalogue, *key))
    instances = [cut(_key_of(catalogue, part)) for part in scene.placements]
    techniques = techniques_of(config)
    placements = [
        Placement(
            number,
            rebased(part.matrix, instance.box.left, instance.box.top),
            part.blend or "",
            part.tones or (),
            part.harmonize or (),
            part.shadow or (),
            part.blend_values or {},
        )
        for number, (part, instance) in enumerate(zip(scene.placements, instances, strict=True))
    ]
    warper = Warper(
        lambda number, blend: _prepared(techniques.blends[blend], instances[number]),
        lambda number: instances[number].octagon,
        lambda number: instances[number].matted,
    )
    decided = Scene(
        *(split, scene.image_id - 1, scene.size, background, tuple(placements)),
        finish=scene.finish or (),
    )
    _refuse_unknown(decided, techniques)
    for placement in placements:
        if not _can_be_seen(placement, instances[placement.instance], warper, scene.size):
            number = placement.instance + 1
            raise _ImpossibleError(f"the matrix of placement {number} leads nowhere in it")
    pixels, reduction = read_photo(photo, reduction=background.reduction)
    if reduction != background.reduction:
        raise _ImpossibleError("its background cannot be decoded smaller")
    try:
        bgr = render(decided, pixels, warper=warper, techniques=techniques)
    except _MISFITS as error:
        raise _ImpossibleError(f"values of a step do not fit: {error!r}") from error
    export = config.export
    return images.encode_bgr(
        bgr,
        export.image_format,
        quality=export.quality,
        compression=export.png_compression,
    )


def _prepared(mode: BlendMode, instance: Instance) -> Rgba:
    is_kept = instance.matted and keeps_matte(mode)
    return instance.rgba if is_kept else mode.prepare(instance.rgba)


def _can_be_seen(placement: Placement, instance: Instance, warper: Warper, size: Size) -> bool:
    """Say whether an instance shows in an image; every one that was placed does."""
    (a, b, _), (d, e, _), _ = placement.matrix
    if not is_in_front(instance.octagon, placement.matrix):
        return False
    try:
        place = region_of(instance.octagon, placement.matrix)
    except (ArithmeticError, ValueError):  # of numbers that are not finite
        return False
    volume = min(abs(a * e - b * d), abs(float(np.linalg.det(placement.matrix))))
    height, width = place.size
    too_large = is_too_large((height - _ROUNDED, width - _ROUNDED), size)
    if too_large or volume < 1 / _FAR**2 or not min(place.clipped(size).size):
        return False
    warped, place = warper.of(placement.instance, placement)
    return bool(warped.mask[place.clipped(size).moved(-place.top, -place.left).slices].any())


def _refuse_unknown(scene: Scene, techniques: Techniques) -> None:
    """Refuse a scene that asks for a technique that its configuration does not name."""
    placed = scene.placements
    tones = (*(step for placement in placed for step in placement.tones), *scene.finish)
    asked = [
        (techniques.tones, tones),
        (techniques.harmonizers, [step for placement in placed for step in placement.harmonize]),
        (techniques.shadows, [step for placement in placed for step in placement.shadow]),
    ]
    for known, steps in asked:
        for step in steps:
            if step.name not in known:
                raise _ImpossibleError(f"its configuration has no step {step.name!r}")
    for step in tones:
        if not is_own(step.name):
            try:
                check_values(techniques.tones[step.name], step.values)
            except ValueError as error:
                raise _ImpossibleError(f"its step {step.name!r}: {error}") from None
    for placement in scene.placements:
        if placement.blend not in techniques.blends:
            raise _ImpossibleError(f"its configuration has no blend mode {placement.blend!r}")


def _key_of(catalogue: Catalogue, part: ScenePlacement) -> tuple[int, int | None]:
    """Return what names an instance: its photo, and its annotation if it has one."""
    wanted = None if part.source_annotation_id is msgspec.UNSET else part.source_annotation_id
    return photo_number(catalogue, part), wanted


def _instance(catalogue: Catalogue, number: int, wanted: int | None) -> Instance:
    for cut in catalogue.cuts.get(number, ()):
        if wanted == (cut.annotation.id if cut.annotation else None):
            pixels = open_photo(catalogue.photos[number], cut)
            return cut_instance(pixels, cut)
    source = catalogue.photos[number].source
    raise UnusableError(f"{source}: annotation {wanted} is not there any more")
