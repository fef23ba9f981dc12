"""The patches of a dataset: pasted and real ones of the same images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np

from cocosynth.check.shortcut.rims import MIN_AREA, SIDE, outline, spread_out
from cocosynth.coco.layout import SCENES, Layout
from cocosynth.coco.masks import decode
from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.images import read_image
from cocosynth.core.values import Image
from cocosynth.export.scenes import SceneBackground, SceneLine, ScenePlacement, read_scenes


@dataclass(frozen=True, eq=False)
class Patch:
    """A part of an image around an outline.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (32, 32, 3)
    pasted : bool
    background, source : str
        The photographs that its background and its object come from.
    """

    pixels: Image
    category_id: int
    pasted: bool
    background: str
    source: str


class _Annotation(msgspec.Struct, frozen=True, gc=False):
    id: int
    image_id: int
    category_id: int
    segmentation: Any
    iscrowd: int = 0


class _File(msgspec.Struct, frozen=True):
    annotations: list[_Annotation]


def patches_of(folder: Path) -> list[Patch]:
    """Cut patches out of the images of a dataset that show pasted and real objects.

    Raises
    ------
    CocosynthError
        If it has no scenes, or no annotation of a background is kept.
    """
    layout = Layout(folder)
    found = [
        (split, file)
        for split, file in layout.annotation_files().items()
        if layout.scenes(split).is_file()
    ]
    if not found:
        raise CocosynthError(
            f"{folder}: holds no {SCENES}/<split>.jsonl beside its annotations, which say what was "
            "pasted; name the folder of a dataset that `build` wrote"
        )
    kept, patches = 0, []
    for split, file in found:
        annotations = _annotations(file)
        for scene in read_scenes(layout.scenes(split)):
            kept += len(scene.background_annotations)
            if scene.background_annotations and scene.placements:
                path = layout.images(split) / scene.file_name
                try:
                    patches += _of_image(path, scene, annotations[scene.image_id])
                except UnusableError as error:
                    raise CocosynthError(f"{path}: {error}") from None
    if not kept:
        raise CocosynthError(
            f"{folder}: has no real objects to compare with; build it with a background of "
            "`annotations: keep`"
        )
    return patches


def _annotations(file: Path) -> dict[int, list[_Annotation]]:
    content = files.read_bytes(file)
    found = defaultdict(list)
    for annotation in decode_as(content, _File, what=f"{file}: not a COCO file").annotations:
        found[annotation.image_id].append(annotation)
    return found


def _of_image(path: Path, scene: SceneLine, annotations: list[_Annotation]) -> list[Patch]:
    """Return the patches of an image; none if it has not both kinds."""
    image = read_image(path, upright=False)
    if image.shape[:2] != scene.size:
        raise CocosynthError(f"{path}: has other measures than its scene says")
    placements = {one.annotation_id: one for one in scene.placements}
    labels = np.zeros(scene.size, np.uint16)
    for number, annotation in enumerate(annotations, start=1):
        labels[decode(annotation.segmentation, scene.size)] = number
    pasted = np.isin(labels, [n for n, a in enumerate(annotations, start=1) if a.id in placements])
    touched = cv2.dilate(pasted.astype(np.uint8), np.ones((SIDE + 1, SIDE + 1))) > 0
    background, patches = _photo(scene.background), []
    rng = np.random.default_rng([scene.image_id, 1])
    for number, annotation in enumerate(annotations, start=1):
        mask, placement = labels == number, placements.get(annotation.id)
        if annotation.iscrowd or mask.sum() < MIN_AREA:
            continue
        places = outline(mask, labels, number)
        if placement is None:
            places &= ~touched
        source = background if placement is None else _photo(placement)
        for row, col in spread_out(places, rng):
            pixels = image[row : row + SIDE, col : col + SIDE].copy()
            kind = placement is not None
            patches.append(Patch(pixels, annotation.category_id, kind, background, source))
    return patches if len({patch.pasted for patch in patches}) == 2 else []


def _photo(record: SceneBackground | ScenePlacement) -> str:
    return f"{record.dataset}/{record.file_name}"


def balanced(patches: list[Patch], seed: int) -> Iterator[Patch]:
    """Yield as many pasted as real ones of each category."""
    rng = np.random.default_rng(seed)
    kinds = defaultdict(list)
    for patch in patches:
        kinds[patch.category_id, patch.pasted].append(patch)
    for category in sorted({category for category, _ in kinds}):
        count = min(len(kinds[category, kind]) for kind in (False, True))
        for kind in (False, True):
            for place in rng.permutation(len(kinds[category, kind]))[:count]:
                yield kinds[category, kind][place]
