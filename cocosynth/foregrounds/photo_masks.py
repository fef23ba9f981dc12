"""The masks of all annotations of one photograph, each decoded once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from cocosynth.coco import masks
from cocosynth.coco.records import AnnotationRecord, segmentation_of
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Mask, Size
from cocosynth.foregrounds.wholeness import Region


class PhotoMasks:
    """The masks of a photograph.

    Parameters
    ----------
    annotations : iterable of AnnotationRecord
        All of the photograph, crowds among them; none for a cut-out.
    size : tuple of int
        Height and width.
    """

    def __init__(self, annotations: Iterable[AnnotationRecord], size: Size) -> None:
        self._annotations, self._size = tuple(annotations), size
        self._regions: dict[int, Region | None] = {}

    def of(self, annotation: AnnotationRecord) -> Mask:
        """Return the mask of an annotation, in the size of the photograph.

        Raises
        ------
        UnusableError
            If it cannot be decoded.
        """
        mask = np.zeros(self._size, dtype=np.bool_)
        region = self._region(annotation)
        if region is not None:
            mask[region.box.slices] = region.mask
        return mask

    def others(self, annotation: AnnotationRecord | None) -> list[Region]:
        """Return where all others lie that can be decoded."""
        number = None if annotation is None else annotation.id
        found = []
        for other in self._annotations:
            if other.id == number:
                continue
            try:
                region = self._region(other)
            except UnusableError:  # is counted where it is to be cut out
                region = self._regions[other.id] = None
            if region is not None:
                found.append(region)
        return found

    def _region(self, annotation: AnnotationRecord) -> Region | None:
        known = self._regions.get(annotation.id)
        if known is None:
            mask, box = masks.decode_in_box(segmentation_in(annotation), self._size)
            known = Region(box, mask.copy()) if mask.size else None
            self._regions[annotation.id] = known
        return known


def segmentation_in(annotation: AnnotationRecord) -> Any:
    """Return the segmentation of an annotation, still to be decoded.

    Raises
    ------
    UnusableError
        If it has none.
    """
    segmentation = segmentation_of(annotation)
    if segmentation is None or segmentation == []:
        raise UnusableError(
            "segmentation is missing: boxes alone cannot be cut out; make masks first, for example "
            "with a segment-anything model"
        )
    return segmentation
