"""The annotations of a COCO dataset by the images they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.annotation_table import Annotations, AnnotationTable
from cocosynth.coco.records import AnnotationRecord, CategoryRecord, Dataset
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.poses import UNFIT, fits_names

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Span(NamedTuple):
    """Where the annotations of an image stand among those of all."""

    start: int
    stop: int

    @property
    def slice(self) -> slice:
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start


class ByImage:
    """The annotations of a dataset that can be used, those of each image together.

    Attributes
    ----------
    table : AnnotationTable
    rows : ndarray of int
        Of the table: all of an image one after the other, as the file has them.
    spans : list of Span
        Of each image of the dataset.
    """

    def __init__(self, catalogue: Catalogue, dataset: Dataset, source: str) -> None:
        self.table, usable = _usable(catalogue, dataset, source)
        kept = np.flatnonzero(usable)
        order = np.argsort(self.table.image_ids[kept], kind="stable")
        self.rows = kept[order]
        image_ids = self.table.image_ids[self.rows]
        asked = np.array([image.id for image in dataset.images], dtype=np.int64)
        sides = (np.searchsorted(image_ids, asked, side).tolist() for side in ("left", "right"))
        self.spans = [Span(*each) for each in zip(*sides, strict=True)]

    @property
    def category_ids(self) -> Ints:
        """Those of all, in the order of `rows`."""
        return self.table.category_ids[self.rows]

    def of_categories(self, chosen: Iterable[int]) -> Bools:
        """Say which are of some categories."""
        return np.isin(self.category_ids, list(chosen))

    def ids(self, span: Span) -> Ints:
        return self.table.ids[self.rows[span.slice]]

    def records(self, span: Span) -> list[AnnotationRecord]:
        return self.table.some(self.rows[span.slice])

    def some(self, span: Span, chosen: list[bool]) -> Annotations:
        """Return some annotations of an image, to be made later."""
        return Annotations(self.table, self.rows[span.slice][chosen])

    def named(self, span: Span, chosen: Bools, names: Mapping[int, str]) -> dict[int | str, str]:
        """Return the category of those annotations of an image that are chosen, by their ids."""
        rows = self.rows[span.slice][chosen[span.slice]]
        pairs = zip(
            self.table.ids[rows].tolist(), self.table.category_ids[rows].tolist(), strict=True
        )
        return {number: names[category_id] for number, category_id in pairs}


class Counted:
    """How many of some annotations are in a span, without a look at each.

    Parameters
    ----------
    chosen : ndarray of bool
        In the order of `ByImage.rows`.
    """

    def __init__(self, chosen: Bools) -> None:
        self.chosen = chosen
        self._before = np.concatenate([[0], np.cumsum(chosen)]).astype(np.int32)

    def __getitem__(self, span: Span) -> int:
        return int(self._before[span.stop]) - int(self._before[span.start])


def _usable(catalogue: Catalogue, dataset: Dataset, source: str) -> tuple[AnnotationTable, Bools]:
    """Return the annotations, and which of them can be used; count the others."""
    table = dataset.annotations
    categories = {category.id: category for category in dataset.categories}
    here = np.isin(table.image_ids, [image.id for image in dataset.images])
    named = np.isin(table.category_ids, list(categories))
    posed = np.flatnonzero(here & named & (table.keypoints.lengths > 0))
    unfit = _unfit(table, posed, categories)
    for row in np.flatnonzero(~(here & named) | unfit).tolist():
        example = f"annotation {table.ids[row]}"
        if not here[row]:
            catalogue.skip_bad(source, "annotation of an image that is not in the file", example)
        elif not named[row]:
            catalogue.skip_bad(source, "annotation of a category that is not in the file", example)
        else:
            catalogue.skip_bad(source, UNFIT, example)
    return (table.without_keypoints(unfit) if unfit.any() else table), here & named


def _unfit(table: AnnotationTable, posed: Ints, categories: Mapping[int, CategoryRecord]) -> Bools:
    """Say whose keypoints are not as many as their category has."""
    unfit = np.zeros(len(table), dtype=np.bool_)
    texts = table.keypoints.some(posed)
    for row, category_id, text in zip(
        posed.tolist(), table.category_ids[posed].tolist(), texts, strict=True
    ):
        unfit[row] = not fits_names(text, len(categories[category_id].keypoints or ()))
    return unfit
