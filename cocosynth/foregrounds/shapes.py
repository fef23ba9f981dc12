"""What is known of instances without their pixels: their shapes, as they are annotated.

The photographs of a large source are not decoded only to learn what could be cut out of them, and
no shape is measured only to learn that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import msgspec
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
from cocosynth.sources.coco_cuts import CutsOfPhoto
from cocosynth.sources.cuts import PhotoCuts

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


_NULL = msgspec.Raw(b"null")


class CutsOf(NamedTuple):
    """A photo by its number, and all that is to be cut out of it."""

    number: int
    photo: Photo
    cuts: list[Cut] | PhotoCuts | CutsOfPhoto

    def read(self) -> CutsOf:
        """Return the same with its cuts made, once for all that need them."""
        made = self.cuts.cuts() if isinstance(self.cuts, CutsOfPhoto) else self.cuts
        return self._replace(cuts=made)


def needs_pixels(photo: Photo, cuts: list[Cut] | PhotoCuts | CutsOfPhoto) -> bool:
    """Say whether a photo must be decoded to know which instances it gives, and their shapes."""
    kinds, are_annotated = cuts, False
    if isinstance(cuts, PhotoCuts):
        kinds, are_annotated = cuts.kinds, True
    elif isinstance(cuts, CutsOfPhoto):
        kinds, are_annotated = cuts.kinds(), True
    return photo.reading != AS_IT_IS or any(
        not (are_annotated or kind.annotation) or kind.min_sharpness > 0 or kind.matte != "none"
        for kind in kinds
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
        cuts = list(chain.from_iterable(one.cuts for one in photos))
        owners = np.repeat(np.arange(len(photos)), [len(one.cuts) for one in photos])
        known = _known(photos, cuts, owners, measure=self.measure)
        posed = [cut.annotation is None or cut.annotation.keypoints != _NULL for cut in cuts]
        kept = known.there & ~np.array(posed, dtype=np.bool_)
        shapes: dict[int, Shape] = {}
        masks = -1, PhotoMasks((), (0, 0))
        for row in np.flatnonzero(~kept).tolist():
            owner = int(owners[row])
            photo, cut = photos[owner].photo, cuts[row]
            if masks[0] != owner:
                masks = owner, PhotoMasks(cut.beside, photo.size)
            try:
                shapes[row] = self._shape(cut, known.of(row), masks[1], photo.size)
            except UnusableError as error:
                count_unusable(photo, cut, error, skipped, unusable)
            else:
                kept[row] = True
        rows = np.flatnonzero(kept)
        numbers = np.array([one.number for one in photos], dtype=np.int64)[owners[rows]]
        entries = self._entries([cuts[row] for row in rows.tolist()], numbers, address)
        for place, row in enumerate(rows.tolist() if shapes else ()):
            shape = shapes.get(row, UNMEASURED)
            if shape is not UNMEASURED:
                _write(entries, place, shape)
        return entries

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
        self, cuts: Sequence[Cut], photos: NDArray[np.int64], address: tuple[int, int]
    ) -> NDArray[Any]:
        """Return entries of instances whose shapes nobody measured."""
        entries = np.zeros(len(cuts), dtype=ENTRY)
        entries["part"], entries["offset"] = address
        entries["photo"] = photos
        entries["annotation_id"] = [cut.annotation.id for cut in cuts if cut.annotation]
        entries["category_id"] = [
            (self.distractors if cut.distracts else self.categories)[cut.category] for cut in cuts
        ]
        entries["whole"] = entries["sharpness"] = 1
        return entries


def _write(entries: NDArray[Any], row: int, shape: Shape) -> None:
    box, area, borders, whole, _ = shape
    entries[["top", "left", "height", "width"]][row] = (box.top, box.left, *box.size)
    entries[["area", "borders", "whole"]][row] = (area, borders, whole)


class _Known(NamedTuple):
    """What is known of masks without a look at each alone.

    Attributes
    ----------
    there : ndarray of bool
        Which have pixels, and need not be measured.
    boxes : dict of int to (Box, int)
        Boxes and areas of those that were measured, by their rows.
    """

    there: NDArray[np.bool_]
    boxes: dict[int, Boxed]

    def of(self, row: int) -> Boxed | bool:
        """Return what is known of a mask; False where it is to be looked at alone."""
        return self.boxes.get(row) or bool(self.there[row])


def _known(
    photos: Sequence[CutsOf], cuts: Sequence[Cut], owners: NDArray[np.intp], *, measure: bool
) -> _Known:
    """Look at the masks of many photos.

    Parameters
    ----------
    photos : sequence of CutsOf
    cuts : sequence of Cut
        All of them.
    owners : ndarray of int
        The place of the photo of each cut.
    measure : bool
        Whether boxes and areas are needed also where they do not say what is wanted.
    """
    texts = [cut.annotation.segmentation for cut in cuts if cut.annotation]
    sizes = np.array([one.photo.size for one in photos], dtype=np.int64)[owners]
    asked = np.array([measure or _is_choosy(cut) for cut in cuts], dtype=np.bool_)
    drawn, others = np.flatnonzero(asked), np.flatnonzero(~asked)
    found = measured([texts[row] for row in drawn], sizes[drawn])
    there = np.zeros(len(cuts), dtype=np.bool_)
    there[others] = surely_some([texts[row] for row in others], sizes[others])
    usual = np.flatnonzero(found.known & (found.areas > 0))
    boxes = (Box(*box) for box in found.boxes[usual].tolist())
    pairs = zip(boxes, found.areas[usual].tolist(), strict=True)
    return _Known(there, dict(zip(drawn[usual].tolist(), pairs, strict=True)))


def _is_choosy(cut: Cut) -> bool:
    """Say whether it takes the shape of an instance to know whether it is wanted."""
    is_ranged = cut.area_range != (None, None)
    return is_ranged or cut.skip_truncated or cut.whole > 0 or cut.min_side > 0


def _shape(boxed: Boxed | None, size: Size) -> Shape:
    if boxed is None:
        raise UnusableError(EMPTY)
    (top, left, bottom, right), area = boxed
    box = Box(top - MARGIN, left - MARGIN, bottom + MARGIN, right + MARGIN)
    return Shape(box, area, borders_of(boxed[0], size, drawn=True))


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
