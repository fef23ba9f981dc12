"""What is known of instances without their pixels: their shapes, as they are annotated.

The photographs of a large source are not decoded only to learn what could be cut out of them, and
no shape is measured only to learn that there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.keypoints import read_keypoints
from cocosynth.coco.many_masks import measured, surely_some
from cocosynth.coco.masks import box_and_area
from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import UnusableError, UnwantedError
from cocosynth.core.geometry import borders_of
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import AS_IT_IS, Borders, Box, Photo, Size
from cocosynth.foregrounds.bank import ENTRY
from cocosynth.foregrounds.cut_out import EMPTY, MARGIN
from cocosynth.foregrounds.photo_masks import PhotoMasks, segmentation_in
from cocosynth.foregrounds.wanted import refuse_unwanted
from cocosynth.foregrounds.wholeness import Region, surroundings, wholeness
from cocosynth.sources.catalogue import Cut

Boxed = tuple[Box, int]
"""The tight box of a mask, and its pixels."""


class Shape(NamedTuple):
    """What an instance that is still to be cut out is going to be like.

    Attributes
    ----------
    box : Box
        Of its pixels in the source image, margin included; empty where it was not measured.
    area : int
        Pixels of its mask; 0 where it was not measured.
    borders : Borders
        Which borders of its photo cut it.
    whole : float
        1 where nobody asks.
    sharpness : float
        Always 1: it is of pixels.
    """

    box: Box
    area: int
    borders: Borders
    whole: float = 1.0
    sharpness: float = 1.0


UNMEASURED = Shape(Box(0, 0, 0, 0), 0, Borders(top=False, left=False, bottom=False, right=False))


class CutsOf(NamedTuple):
    """A photo by its number, and all that is to be cut out of it."""

    number: int
    photo: Photo
    cuts: Sequence[Cut]


def needs_pixels(photo: Photo, cuts: Sequence[Cut]) -> bool:
    """Say whether a photo must be decoded to know which instances it gives, and their shapes."""
    return photo.reading != AS_IT_IS or any(
        cut.annotation is None or cut.min_sharpness > 0 or cut.matte != "none" for cut in cuts
    )


@dataclass(frozen=True)
class Survey:
    """Finds out which instances photos are going to give.

    Attributes
    ----------
    categories, distractors : mapping of str to int
        The place of each category.
    measure : bool
        Measure the shapes of all; if not, of those that must have some shape to be wanted.
    measure_whole : bool
        Measure how whole those are that are measured; if not, those that must be so to be wanted.
    """

    categories: Mapping[str, int]
    distractors: Mapping[str, int]
    measure: bool
    measure_whole: bool

    def __call__(
        self,
        photos: Sequence[CutsOf],
        address: tuple[int, int],
        skipped: Skipped,
        unusable: Skipped,
    ) -> NDArray[Any]:
        """Return entries without pixels; count the others, as if they were cut out.

        Parameters
        ----------
        photos : sequence of CutsOf
            Of which none needs its pixels.
        address : tuple of int
            The part of the bank, and where in it they are going to stand.
        skipped, unusable : Skipped
            Take up what cannot be cut out, or is not wanted, by source and by category.
        """
        kept: list[tuple[int, Cut, Shape]] = []
        known = _known(photos, measure=self.measure)
        for number, photo, cuts in photos:
            masks = PhotoMasks(cuts[0].beside, photo.size)
            for cut, boxed in zip(cuts, known, strict=False):  # which goes on at the next photo
                try:
                    kept.append((number, cut, self._shape(cut, boxed, masks, photo.size)))
                except UnusableError as error:
                    count_unusable(photo, cut, error, skipped, unusable)
        return self._entries(kept, address)

    def _shape(self, cut: Cut, boxed: Boxed | bool, masks: PhotoMasks, size: Size) -> Shape:
        """Return the shape of an instance, once it is known to be wanted."""
        assert cut.annotation is not None
        shape = UNMEASURED
        if boxed is not True:
            shape = _shape(boxed or box_and_area(segmentation_in(cut.annotation), size), size)
            if self.measure_whole or cut.whole > 0:
                shape = shape._replace(whole=_wholeness(cut.annotation, shape.box, masks, size))
            refuse_unwanted(shape, cut)
        read_keypoints(cut.annotation)
        return shape

    def _entries(
        self, kept: Sequence[tuple[int, Cut, Shape]], address: tuple[int, int]
    ) -> NDArray[Any]:
        entries = np.zeros(len(kept), dtype=ENTRY)
        entries["part"], entries["offset"] = address
        entries["photo"] = [number for number, _, _ in kept]
        entries["annotation_id"] = [cut.annotation.id for _, cut, _ in kept if cut.annotation]
        entries["category_id"] = [
            (self.distractors if cut.distracts else self.categories)[cut.category]
            for _, cut, _ in kept
        ]
        entries["whole"] = entries["sharpness"] = 1
        for row in [row for row, (_, _, shape) in enumerate(kept) if shape is not UNMEASURED]:
            box, area, borders, whole, _ = kept[row][2]
            entries[["top", "left", "height", "width"]][row] = (box.top, box.left, *box.size)
            entries[["area", "borders", "whole"]][row] = (area, borders, whole)
        return entries


def _known(photos: Sequence[CutsOf], *, measure: bool) -> Iterator[Boxed | bool]:
    """Yield of each mask its box and area, or that it has pixels, or False: to be looked at alone.

    Parameters
    ----------
    photos : sequence of CutsOf
    measure : bool
        Whether boxes and areas are needed also where they do not say what is wanted.
    """
    cuts = [cut for one in photos for cut in one.cuts]
    texts = [cut.annotation.segmentation for cut in cuts if cut.annotation]
    counts = [len(one.cuts) for one in photos]
    sizes = np.repeat([one.photo.size for one in photos], counts, axis=0)
    asked = np.array([measure or _is_choosy(cut) for cut in cuts], dtype=np.bool_)
    drawn, others = np.flatnonzero(asked), np.flatnonzero(~asked)
    found = measured([texts[row] for row in drawn], sizes[drawn])
    there = np.zeros(len(cuts), dtype=np.bool_)
    there[others] = surely_some([texts[row] for row in others], sizes[others])
    usual = found.known & (found.areas > 0)
    boxes = zip(usual.tolist(), found.boxes.tolist(), found.areas.tolist(), strict=True)
    for is_asked, is_there in zip(asked.tolist(), there.tolist(), strict=True):
        if not is_asked:
            yield is_there
        else:
            is_known, box, area = next(boxes)
            yield (Box(*box), area) if is_known else False


def _is_choosy(cut: Cut) -> bool:
    """Say whether it takes the shape of an instance to know whether it is wanted."""
    is_ranged = cut.area_range != (None, None)
    return is_ranged or cut.skip_truncated or cut.whole > 0 or cut.min_side > 0


def _shape(boxed: Boxed | None, size: Size) -> Shape:
    if boxed is None:
        raise UnusableError(EMPTY)
    (top, left, bottom, right), area = boxed
    box = Box(top - MARGIN, left - MARGIN, bottom + MARGIN, right + MARGIN)
    return Shape(box, area, borders_of(boxed[0], size))


def _wholeness(annotation: AnnotationRecord, box: Box, masks: PhotoMasks, size: Size) -> float:
    region = masks.region(annotation)
    assert region is not None, "its shape was measured"
    own = Region(box, region.within(box))
    return wholeness(own, masks.others(annotation, surroundings(box, size)), size)


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
