"""What the images of a split hold, counted where they are made and added up in the parent."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from cocosynth.core.values import Sample


class Counts(msgspec.Struct, frozen=True):
    """What some images hold.

    Attributes
    ----------
    categories : dict of int to int
        How many annotations each category has, by its id.
    photos : dict of int to int
        How many images each photo can be seen in.
    pasted : int
        How many annotations are of pasted objects.
    """

    categories: dict[int, int]
    photos: dict[int, int]
    pasted: int


@dataclass
class Tally:
    """The sum of `Counts`."""

    categories: Counter[int] = field(default_factory=Counter)
    photos: Counter[int] = field(default_factory=Counter)
    pasted: int = 0

    def count(self, sample: Sample) -> None:
        self.categories.update(annotation.category_id for annotation in sample.annotations)
        self.photos.update(sample.photos)
        self.pasted += sum(a.placement is not None for a in sample.annotations)

    def add(self, counts: Counts) -> None:
        self.categories.update(counts.categories)
        self.photos.update(counts.photos)
        self.pasted += counts.pasted

    def counts(self) -> Counts:
        return Counts(dict(self.categories), dict(self.photos), self.pasted)
