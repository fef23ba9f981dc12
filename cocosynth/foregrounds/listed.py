"""Instances of which it is enough to know that there is one: in columns, no object for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.photo_table import PhotoTable
from cocosynth.core.values import AS_IT_IS
from cocosynth.foregrounds.bank import ENTRY
from cocosynth.foregrounds.shapes import Survey
from cocosynth.sources.columns import Columns, columns_of
from cocosynth.sources.cuts import Cuts, PhotoCuts

_SIDES: tuple[Literal["left"], Literal["right"]] = "left", "right"

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Listed:
    """Cuts of which nothing more is asked than that there is something, photo by photo.

    Attributes
    ----------
    columns : list of Columns
        By source.
    sources, places : ndarray of int
        Of each cut: which source it is of, and its place there.
    photos : ndarray of int64
        The number of the photo of each, in order.
    there : ndarray of bool
        Which are known to be there.
    """

    columns: list[Columns]
    sources: NDArray[np.int32]
    places: Ints
    photos: Ints
    there: Bools

    @classmethod
    def of(cls, cuts: Cuts, photos: PhotoTable, survey: Survey) -> Listed:
        """List what of some cuts is such."""
        found = [] if survey.measure else list(columns_of(cuts))
        usual = np.zeros(len(photos), dtype=np.bool_)
        usual[photos.numbers_of(lambda shared: shared.reading == AS_IT_IS)] = True
        found = [each for one in found if len((each := one.of_photos(usual)).photos)]
        counts = [len(one.photos) for one in found]
        numbers = np.concatenate([np.zeros(0, np.int64), *(one.photos for one in found)])
        order = np.argsort(numbers, kind="stable")
        sources = np.repeat(np.arange(len(found), dtype=np.int32), counts)[order]
        places = np.concatenate([np.zeros(0, np.int64), *map(np.arange, counts)])[order]
        there = np.concatenate([np.zeros(0, np.bool_), *(one.there for one in found)])
        return cls(found, sources, places, numbers[order], there[order])

    def counts_left(self, photos: Ints) -> Ints:
        """Return how many cuts of each photo are to be looked at alone; -1 if it is not listed."""
        starts, stops = (np.searchsorted(self.photos, photos, side) for side in _SIDES)
        before = np.concatenate([[0], np.cumsum(~self.there)])
        return np.where(starts == stops, -1, before[stops] - before[starts])

    def left(self, photo: int, ranks: dict[tuple[int, int], int]) -> PhotoCuts:
        """Return the cuts of a photo that are to be looked at alone.

        Parameters
        ----------
        photo : int
        ranks : dict
            Takes up, by photo and annotation, where each stands among all.
        """
        start, stop = (int(np.searchsorted(self.photos, photo, side)) for side in _SIDES)
        cuts = start + np.flatnonzero(~self.there[start:stop])
        columns = self.columns[int(self.sources[start])]
        beside = tuple(columns.of.by_image.table.some(columns.rows[self.places[cuts]]))
        ranks.update(zip(((photo, one.id) for one in beside), cuts.tolist(), strict=True))
        kinds = list(dict.fromkeys(one.category_id for one in beside))
        places = [(kinds.index(one.category_id), place) for place, one in enumerate(beside)]
        return PhotoCuts([columns.of.kind(number) for number in kinds], places, beside)

    def entries(self, photos: Ints, survey: Survey, part: int) -> tuple[NDArray[Any], Ints]:
        """Return entries, without shapes, of what is known to be there, and where they stand.

        Parameters
        ----------
        photos : ndarray of int
            In order; those between the first and the last, too, if they are listed.
        survey : Survey
        part : int
            Of the bank.
        """
        start, stop = np.searchsorted(self.photos, [photos[0], photos[-1] + 1]).tolist()
        cuts = start + np.flatnonzero(self.there[start:stop])
        entries = np.zeros(len(cuts), dtype=ENTRY)
        entries["part"], entries["photo"] = part, self.photos[cuts]
        entries["whole"] = entries["sharpness"] = 1
        for number, columns in enumerate(self.columns):
            here = self.sources[cuts] == number
            rows = columns.rows[self.places[cuts[here]]]
            names = survey.distractors if columns.of.use.distracts else survey.categories
            entries["annotation_id"][here] = columns.of.by_image.table.ids[rows]
            entries["category_id"][here] = columns.category_places(rows, names)
        return entries, cuts
