"""What is known of instances without their pixels: their shapes, as they are annotated.

The photographs of a large source are not decoded only to learn what could be cut out of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cocosynth.coco.keypoints import read_keypoints
from cocosynth.coco.masks import box_and_area
from cocosynth.core.errors import UnusableError, UnwantedError
from cocosynth.core.geometry import borders_of
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import AS_IT_IS, Borders, Box, Photo, Size
from cocosynth.foregrounds.cut_out import EMPTY, MARGIN
from cocosynth.foregrounds.photo_masks import PhotoMasks, segmentation_in
from cocosynth.foregrounds.wanted import refuse_unwanted
from cocosynth.foregrounds.wholeness import Region, wholeness
from cocosynth.sources.catalogue import Cut
from cocosynth.sources.hashes import files_of


class Shape(NamedTuple):
    """What an instance that is still to be cut out is going to be like.

    Attributes
    ----------
    cut : Cut
    box : Box
        Of its pixels in the source image, margin included.
    area : int
        Pixels of its mask.
    borders : Borders
        Which borders of its photo cut it.
    whole : float
        1 where nobody asks.
    sharpness : float
        Always 1: it is of pixels.
    """

    cut: Cut
    box: Box
    area: int
    borders: Borders
    whole: float = 1.0
    sharpness: float = 1.0


def needs_pixels(photo: Photo, cuts: Sequence[Cut]) -> bool:
    """Say whether a photo must be decoded to know which instances it gives, and their shapes."""
    return photo.reading != AS_IT_IS or any(
        cut.annotation is None or cut.min_sharpness > 0 or cut.matte != "none" for cut in cuts
    )


def files_read(photo: tuple[int, Photo, list[Cut]], *, shapes_only: bool) -> list[str]:
    """Return the files that are read where a photograph is cut up, or only its shapes are known."""
    _, photograph, cuts = photo
    if shapes_only and not needs_pixels(photograph, cuts):
        return []
    return [path for _, path in files_of(photograph, cuts)]


def shapes_of(
    photo: Photo,
    cuts: Sequence[Cut],
    skipped: Skipped,
    unusable: Skipped,
    *,
    measure_whole: bool,
) -> Iterator[Shape]:
    """Yield the instances that a photo is going to give; count the others, as if they were cut out.

    Parameters
    ----------
    photo : Photo
    cuts : sequence of Cut
        All of the photo, none of which needs its pixels.
    skipped, unusable : Skipped
        Take up what cannot be cut out, or is not wanted, by source and by category.
    measure_whole : bool
        Measure how whole all are; by default those are that must be so to be wanted.
    """
    masks = PhotoMasks(cuts[0].beside, photo.size)
    for cut in cuts:
        try:
            yield _shape(cut, masks, photo.size, measure_whole=measure_whole or cut.whole > 0)
        except UnusableError as error:
            count_unusable(photo, cut, error, skipped, unusable)


def _shape(cut: Cut, masks: PhotoMasks, size: Size, *, measure_whole: bool) -> Shape:
    assert cut.annotation is not None
    found = box_and_area(segmentation_in(cut.annotation), size)
    if found is None:
        raise UnusableError(EMPTY)
    (top, left, bottom, right), area = found
    box = Box(top - MARGIN, left - MARGIN, bottom + MARGIN, right + MARGIN)
    shape = Shape(cut, box, area, borders_of(found[0], size))
    if measure_whole:
        mask = np.zeros(box.size, dtype=np.bool_)
        inner = box.clipped(size)
        mask[inner.moved(-box.top, -box.left).slices] = masks.of(cut.annotation)[inner.slices]
        whole = wholeness(Region(box, mask), masks.others(cut.annotation), size)
        shape = shape._replace(whole=whole)
    refuse_unwanted(shape, cut)
    read_keypoints(cut.annotation)
    return shape


def count_unusable(
    photo: Photo, cut: Cut, error: UnusableError, skipped: Skipped, unusable: Skipped
) -> None:
    """Count an instance that cannot be cut out, or is not wanted, by source and by category."""
    unusable.add(cut.category, f"whose {error}")
    if isinstance(error, UnwantedError):
        skipped.add(photo.source, f"instance whose {error}")
    else:
        of = f"annotation {cut.annotation.id} of " if cut.annotation else ""
        skipped.add(photo.source, f"instance whose {error}", 1, f"{of}{photo.file_name}")
