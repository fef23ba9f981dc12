"""What exporters are handed besides samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from cocosynth.core.values import Category, Photo
from cocosynth.export.options import Export, Info

Part = TypeVar("Part")

NO_MASK = "annotation with a box alone, where a mask is needed"


@dataclass(frozen=True, eq=False)
class ExportContext:
    """The build that an exporter writes for.

    Attributes
    ----------
    folder : Path
        Of the dataset; all that an exporter writes lies in it.
    splits : mapping of str to int
        How many images each has, in the order of the configuration; 0 for an empty one.
    options : Export
    info : Info
    categories : sequence of Category
        By id; none before the sources are read. In `write` all that may occur, in `finish` and
        `close` those that the dataset has, in all of its splits.
    category_ids : mapping of int to int
        From the ids in samples to those of `categories`; in `write` they are the same.
    photos : sequence of Photo
        By the numbers that samples name them by.
    """

    folder: Path
    splits: Mapping[str, int]
    options: Export
    info: Info
    categories: Sequence[Category] = ()
    photos: Sequence[Photo] = ()
    category_ids: Mapping[int, int] = field(default_factory=dict)

    def category_id(self, number: int) -> int:
        """Return the id in the dataset of a category that has this one in samples."""
        return self.category_ids.get(number, number)


@dataclass(frozen=True, eq=False)
class Numbered(Generic[Part]):
    """The part of an image, and the ids that the dataset gives to the image and its annotations.

    Attributes
    ----------
    image_id : int
    annotation_ids : sequence of int
        One for each annotation of the sample, in its order.
    part : Part
        What `write` returned for the sample.
    """

    image_id: int
    annotation_ids: Sequence[int]
    part: Part
