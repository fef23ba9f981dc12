"""The masks of all annotations of one photograph, each decoded once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from cocosynth.coco import masks
from cocosynth.coco.records import AnnotationRecord, segmentation_of
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Box, Size
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
        self._extents: dict[int, Box | None] = {}

    def region(self, annotation: AnnotationRecord) -> Region | None:
        """Return the mask of an annotation in its box; None where it has no pixel.

        Raises
        ------
        UnusableError
            If it cannot be decoded.
        """
        known = self._regions.get(annotation.id)
        if known is None:
            mask, box = masks.decode_in_box(segmentation_in(annotation), self._size)
            known = Region(box, mask.copy()) if mask.size else None
            self._regions[annotation.id] = known
        return known

    def others(self, annotation: AnnotationRecord | None, near: Box | None = None) -> list[Region]:
        """Return where all others lie that can be decoded.

        Parameters
        ----------
        annotation : AnnotationRecord or None
        near : Box, optional
            Those may be missing that have no pixel in it: they need not be decoded.
        """
        number = None if annotation is None else annotation.id
        found = []
        for other in self._annotations:
            if other.id == number or (near is not None and self._is_far(other, near)):
                continue
            try:
                region = self.region(other)
            except UnusableError:  # is counted where it is to be cut out
                region = self._regions[other.id] = None
            if region is not None:
                found.append(region)
        return found

    def _is_far(self, annotation: AnnotationRecord, box: Box) -> bool:
        """Say whether a mask has no pixel in a box, as far as that is known without decoding it."""
        number = annotation.id
        if self._regions.get(number) is None and number not in self._extents:
            self._extents[number] = _extent_of(annotation)
        extent = self._extents.get(number)
        return extent is not None and not extent.meets(box)


def _extent_of(annotation: AnnotationRecord) -> Box | None:
    """Return a box that holds the polygons of an annotation; None where it has none."""
    try:
        polygons = msgspec.json.decode(annotation.segmentation, type=list[list[float]])
        left, right = _span([value for polygon in polygons for value in polygon[::2]])
        top, bottom = _span([value for polygon in polygons for value in polygon[1::2]])
    except (*UNREADABLE, OverflowError):
        return None
    return Box(top, left, bottom, right)


def _span(values: list[float]) -> tuple[int, int]:
    return math.floor(min(values)) - 1, math.ceil(max(values)) + 1


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
