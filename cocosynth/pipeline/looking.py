"""Which instances there are: of most it is known since their sources were read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress
from cocosynth.foregrounds.bank import damaged, entry_file
from cocosynth.foregrounds.cut_batch import CutBatch
from cocosynth.foregrounds.cutter import Batch, Batches, Cutter
from cocosynth.foregrounds.listed import Listed
from cocosynth.foregrounds.shapes import CutsOf
from cocosynth.sources.catalogue import Catalogue

FEW = 200
"""Instances that are looked at one by one here: until workers have started, that is done."""

Step = tuple[int, CutBatch | None]
"""How many instances were looked at, and a batch that is done."""


def looked_at(
    catalogue: Catalogue, cutter: Cutter, run: Executor, progress: Progress
) -> Iterator[CutBatch]:
    """Yield what a cutter gives of all photographs of a catalogue, in their order.

    Parameters
    ----------
    catalogue : Catalogue
    cutter : Cutter
        One of shapes only.
    run : Executor
    progress : Progress
    """
    listed = Listed.of(catalogue.cuts, catalogue.photos, cutter.survey)
    known: Step = int(np.count_nonzero(listed.there)), None
    steps = chain([known], _apart(catalogue, cutter, listed, run))
    total = catalogue.cuts.total
    for _, done in progress("looking at instances", steps, total, lambda step: step[0]):
        if done is not None:
            yield done


def _apart(catalogue: Catalogue, cutter: Cutter, listed: Listed, run: Executor) -> Iterator[Step]:
    """Look at all other instances one by one, and put the answers together."""
    work = Batches(catalogue)
    photos_of = [np.array(work.photos_of(place), dtype=np.int64) for place in range(len(work))]
    left = listed.counts_left(np.array(work.photos, dtype=np.int64))
    if (left >= 0).all() and left.sum() <= FEW:
        run = Serial()
    stops = np.cumsum([len(photos) for photos in photos_of], dtype=np.int64)
    left_of = np.split(left, stops)[: len(work)]
    sent: deque[tuple[int, dict[tuple[int, int], int]]] = deque()

    def batches() -> Iterator[Batch]:
        for place, (photos, left) in enumerate(zip(photos_of, left_of, strict=True)):
            if not left.any():
                continue
            batch, ranks = list[CutsOf](), dict[tuple[int, int], int]()
            for photo, count in zip(photos[left != 0].tolist(), left[left != 0], strict=True):
                cuts = listed.left(photo, ranks) if count > 0 else catalogue.cuts.of_photo(photo)
                batch.append(CutsOf(photo, catalogue.photos[photo], cuts))
            sent.append((sum(len(one.cuts) for one in batch), ranks))
            yield Batch(place, tuple(batch))

    answers = iter(run(cutter, batches()))
    for place, (photos, left) in enumerate(zip(photos_of, left_of, strict=True)):
        entries, ranks = listed.entries(photos, cutter.survey, place)
        if not left.any():
            yield 0, CutBatch(len(photos), entries, [], [], {})
            continue
        answer = next(answers)
        count, known = sent.popleft()
        others = _ranks(answer.entries, known, photos[left < 0], cutter, place)
        both = np.concatenate([entries, answer.entries])
        order = np.lexsort((np.concatenate([ranks, others]), both["photo"]))
        yield count, replace(answer, photos=len(photos), entries=both[order])


def _ranks(
    entries: NDArray[Any],
    known: dict[tuple[int, int], int],
    unlisted: NDArray[np.int64],
    cutter: Cutter,
    number: int,
) -> NDArray[np.int64]:
    """Return where entries stand among those of their photo."""
    ranks = np.arange(len(entries))
    for row in np.flatnonzero(~np.isin(entries["photo"], unlisted)).tolist():
        key = int(entries["photo"][row]), int(entries["annotation_id"][row])
        if key not in known:
            raise damaged(entry_file(cutter.folder, number), "it has an instance of another build")
        ranks[row] = known[key]
    return ranks
