"""Which annotations have pixels: looked at while photographs are, in the order of their file.

Workers read the outlines in the file themselves. What is not sure by then, such as what has few
pixels, is looked at one by one later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.many_masks import surely_some
from cocosynth.coco.records import ImageRecord
from cocosynth.coco.texts import Texts
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.sources.coco_images import ByImage

A_PIECE = 4000
"""Outlines that a worker looks at at a time."""

FEW = 20_000
"""Outlines that are looked at here: until workers have started, that is done."""

_FAR = 2**31 - 1  # pixels: more than any image has

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


class Look:
    """A look at the outlines of a source, while something else is done.

    Parameters
    ----------
    by_image : ByImage
    images : sequence of ImageRecord
        Of the dataset.
    asked : ndarray of bool
        Which annotations are looked at, in the order of `by_image`; those with keypoints are not.
    run : Executor

    Attributes
    ----------
    there : ndarray of bool
        Which surely have pixels, as far as it is known by now.
    """

    def __init__(
        self, by_image: ByImage, images: Sequence[ImageRecord], asked: Bools, run: Executor
    ) -> None:
        self.there = np.zeros(len(by_image.rows), dtype=np.bool_)
        table = by_image.table
        places = np.flatnonzero(asked & (table.keypoints.lengths[by_image.rows] == 0))
        starts = table.segmentations.starts[by_image.rows[places]]
        self._places = places[np.argsort(starts, kind="stable")]
        self._by_image, self._images = by_image, images
        self._answers = self._look(Serial() if len(places) <= FEW else run)

    def beside(self, records: Iterable[ImageRecord]) -> Iterator[ImageRecord]:
        """Yield the records of photographs; behind the last, all outlines have been looked at."""
        pieces = -(-len(self._places) // A_PIECE)
        every = max(1, len(self._images) // (pieces + 1))
        for number, record in enumerate(records):
            if number % every == 0:
                next(self._answers, None)
            yield record
        for _ in self._answers:
            pass

    def _look(self, run: Executor) -> Iterator[None]:
        asked: deque[Ints] = deque()

        def pieces() -> Iterable[Outlines]:
            sizes = _sizes(self._by_image, self._images)
            for start in range(0, len(self._places), A_PIECE):
                places = self._places[start : start + A_PIECE]
                asked.append(places)
                rows = self._by_image.rows[places]
                texts = self._by_image.table.segmentations.chosen(rows)
                yield Outlines(texts, sizes[places].astype(np.int64))

        for there in run(surely_there, pieces()):
            self.there[asked.popleft()] = there
            yield


def _sizes(by_image: ByImage, images: Sequence[ImageRecord]) -> NDArray[np.int32]:
    """Return the size of the image of each annotation."""
    counts = np.array([len(span) for span in by_image.spans], dtype=np.int64)
    starts = np.array([span.start for span in by_image.spans], dtype=np.int64)
    order = np.argsort(starts, kind="stable")
    sides = [(min(one.height, _FAR), min(one.width, _FAR)) for one in images]
    sizes = np.clip(np.array(sides, dtype=np.int64).reshape(-1, 2), 1, None).astype(np.int32)
    return np.repeat(sizes[order], counts[order], axis=0)
