"""Which of many annotations are there to be cut out, found without a look at each alone.

Of most it is enough that their mask has a pixel. Their outlines are looked at in the order of the
file, by workers that read them there; what is not sure by then is looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.many_masks import surely_some
from cocosynth.coco.texts import Texts
from cocosynth.core.errors import CocosynthError
from cocosynth.core.photo_table import PhotoTable
from cocosynth.core.values import AS_IT_IS
from cocosynth.foregrounds.bank import ENTRY
from cocosynth.foregrounds.shapes import Survey, is_choosy
from cocosynth.sources.columns import Columns, columns_of
from cocosynth.sources.cuts import Cuts, PhotoCuts

A_PIECE = 4000
"""Annotations that a worker looks at at a time."""

_SIDES: tuple[Literal["left"], Literal["right"]] = "left", "right"

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Outlines(NamedTuple):
    """Segmentations that stand near each other, and the sizes of their images."""

    texts: Texts
    sizes: Ints

    def __str__(self) -> str:
        return f"{len(self.sizes)} outlines"


def surely_there(outlines: Outlines) -> Bools:
    """Say which outlines surely hold a pixel; of what cannot be read here it is not said."""
    try:
        texts = outlines.texts.near()
    except CocosynthError:  # another machine may not have the file
        return np.zeros(len(outlines.sizes), dtype=np.bool_)
    return surely_some(texts, outlines.sizes)


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
        found = [] if survey.measure else [one for one in columns_of(cuts) if _is_usual(one)]
        usual = np.zeros(len(photos), dtype=np.bool_)
        usual[photos.numbers_of(lambda shared: shared.reading == AS_IT_IS)] = True
        found = [each for one in found if len((each := one.of_photos(usual)).photos)]
        counts = [len(one.photos) for one in found]
        numbers = np.concatenate([np.zeros(0, np.int64), *(one.photos for one in found)])
        order = np.argsort(numbers, kind="stable")
        sources = np.repeat(np.arange(len(found), dtype=np.int32), counts)[order]
        places = np.concatenate([np.zeros(0, np.int64), *map(np.arange, counts)])[order]
        return cls(found, sources, places, numbers[order], np.zeros(len(order), dtype=np.bool_))

    def outlines(self, sizes: Ints) -> Iterator[tuple[Ints, Outlines]]:
        """Yield outlines, in pieces that stand together in a file, and which cuts they are of.

        Parameters
        ----------
        sizes : ndarray of int, shape (n, 2)
            Of all photos.
        """
        for number, columns in enumerate(self.columns):
            table, cuts = columns.of.by_image.table, np.flatnonzero(self.sources == number)
            rows = columns.rows[self.places[cuts]]
            plain = table.keypoints.lengths[rows] == 0  # those of others are looked at, too
            cuts, rows = cuts[plain], rows[plain]
            order = np.argsort(table.segmentations.starts[rows], kind="stable")
            for start in range(0, len(order), A_PIECE):
                piece = order[start : start + A_PIECE]
                texts = table.segmentations.chosen(rows[piece])
                yield cuts[piece], Outlines(texts, sizes[self.photos[cuts[piece]]])

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


def _is_usual(columns: Columns) -> bool:
    """Say whether a source takes every instance that is there, as it is."""
    kinds = (columns.of.kind(number) for number in columns.of.names)
    return not any(is_choosy(one) or one.matte != "none" or one.min_sharpness > 0 for one in kinds)
