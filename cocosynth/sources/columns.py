"""What is cut out of COCO datasets, in columns: a million cuts, and no object for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cocosynth.sources.coco_cuts import CocoCuts, CutsOfPhoto
from cocosynth.sources.coco_images import Span
from cocosynth.sources.cuts import Cuts

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Columns:
    """The cuts that one source wants of photographs which no other wants any of.

    Attributes
    ----------
    of : CocoCuts
    photos : ndarray of int64, shape (n,)
        The number of the photograph of each, in order.
    rows : ndarray of int64, shape (n,)
        Of the table of annotations.
    there : ndarray of bool, shape (n,)
        Which surely have pixels.
    """

    of: CocoCuts
    photos: Ints
    rows: Ints
    there: NDArray[np.bool_]

    def of_photos(self, chosen: NDArray[np.bool_]) -> Columns:
        """Return those of some photographs, which are chosen by their numbers."""
        kept = chosen[self.photos]
        there = self.there[kept]
        return replace(self, photos=self.photos[kept], rows=self.rows[kept], there=there)

    def category_places(self, rows: Ints, places: Mapping[str, int]) -> Ints:
        """Return the places of the categories of some rows, by their names."""
        known = np.array(sorted(self.of.names), dtype=np.int64)
        found = [places.get(self.of.names[number], 0) for number in known.tolist()]
        category_ids = self.of.by_image.table.category_ids[rows]
        return np.array(found, dtype=np.int64)[np.searchsorted(known, category_ids)]


def columns_of(cuts: Cuts) -> Iterator[Columns]:
    """Yield the cuts of annotations by their source, where their outlines were looked at."""
    spans: dict[int, tuple[CocoCuts, list[int], list[Span]]] = {}
    for number, wanted in cuts.alone():
        if isinstance(wanted, CutsOfPhoto) and len(wanted.of.there):
            _, numbers, there = spans.setdefault(id(wanted.of), (wanted.of, [], []))
            numbers.append(number)
            there.append(wanted.span)
    for of, numbers, there in spans.values():
        starts, stops = np.array(there, dtype=np.int64).T
        counts = stops - starts
        owners = np.repeat(np.array(numbers, dtype=np.int64), counts)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        places = np.repeat(starts, counts) + within
        kept = of.wanted[places]
        places = places[kept]
        yield Columns(of, owners[kept], of.by_image.rows[places], of.there[places])
