"""Which instances the images of a build try, and their cutting: the first choices beforehand.

What a scene wants is known without looking at any other scene, and before anything is planned. So
only that is cut out of large sources, photograph by photograph. An instance that is tried where a
first choice does not fit is cut out by the worker that needs it. The images are the same as if all
had been cut out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocosynth.config.config import Config
from cocosynth.core.executors import Executor
from cocosynth.core.progress import Progress
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cut_batch import CutBatch
from cocosynth.foregrounds.cutter import Cutter, batches
from cocosynth.foregrounds.late_bank import LateBank, LateCutter, store_cuts, with_cuts
from cocosynth.pipeline.set_up import Setup
from cocosynth.pipeline.techniques import keeping_of, prepares_of
from cocosynth.scenes.inputs import Pool, SceneInputs
from cocosynth.scenes.plan import wanted_of
from cocosynth.scenes.sampling.wanted import Wanted
from cocosynth.sources.catalogue import Catalogue, Cut

MOST = 0.5
"""Objects, by the instances there are, from which all are cut out beforehand: most are tried."""

_CUTS = "cuts.json"

Numbers = NDArray[np.intp]


def cut_what_is_tried(
    config: Config,
    catalogue: Catalogue,
    setup: Setup,
    folder: Path,
    run: Executor,
    progress: Progress,
) -> Setup:
    """Cut out what the images of a build try first; make the rest ready to be cut out late.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    setup : Setup
        With a bank as `survey_instances` made it.
    folder : Path
        Of the bank.
    run : Executor
    progress : Progress

    Returns
    -------
    Setup
        With a bank that gives the pixels of each instance that any image may try.
    """
    bank = setup.inputs.bank
    first, others = tried(setup.inputs)
    cutter = Cutter.of(catalogue, prepares_of(config), folder, keeping_of(config))
    store = store_cuts(folder / _CUTS, _cuts(catalogue, bank, others))
    work = batches(catalogue, _cuts(catalogue, bank, first))
    total = sum(len(batch.photos) for batch in work)
    answers = progress("cutting out instances", run(cutter, work), total, _photos)
    done = list(answers)
    hashes = {**bank.hashes, **{n: found for each in done for n, found in each.hashes.items()}}
    entries = with_cuts(bank.entries, first, [each.entries for each in done])
    cut = entries[first]
    unreadable = frozenset(cut["photo"][cut["pixels"] == 0].tolist())
    cutter_of_others = LateCutter(cutter, store, setup.inputs.photos, unreadable)
    late = LateBank(entries, folder, hashes, bank.distractors, late=cutter_of_others)
    return replace(setup, inputs=replace(setup.inputs, bank=late))


def _photos(answer: CutBatch) -> int:
    return answer.photos


def tried(inputs: SceneInputs) -> tuple[Numbers, Numbers]:
    """Return which instances images try first, and which they may try besides.

    Of both, those that have no pixels yet, in order.
    """
    uncut = inputs.bank.entries["pixels"] == 0
    if sum(map(_objects, inputs.pools.values())) >= MOST * np.count_nonzero(uncut):
        return np.flatnonzero(uncut), np.zeros(0, np.intp)
    first, others = np.zeros(len(uncut), np.bool_), np.zeros(len(uncut), np.bool_)
    for wanted in _wanted(inputs):
        first[list(wanted.instances[:1])] = True
        others[[*wanted.instances[1:], *wanted.others]] = True
    return np.flatnonzero(first & uncut), np.flatnonzero(others & uncut & ~first)


def _scenes(pool: Pool) -> int:
    return -(-pool.images // pool.siblings)


def _objects(pool: Pool) -> int:
    return pool.asked.counts.total(_scenes(pool))


def _wanted(inputs: SceneInputs) -> Iterator[Wanted]:
    for split, pool in inputs.pools.items():
        for index in range(_scenes(pool)):
            for hand in wanted_of(inputs, split, index):
                yield from hand


def _cuts(catalogue: Catalogue, bank: Bank, numbers: Numbers) -> dict[int, list[Cut]]:
    """Return the cuts of some instances, by photo and in order."""
    entries = bank.entries[numbers]
    ids: dict[int, set[int]] = {}
    pairs = zip(entries["photo"].tolist(), entries["annotation_id"].tolist(), strict=True)
    for photo, annotation_id in pairs:
        ids.setdefault(photo, set()).add(annotation_id)
    return {
        photo: [c for c in catalogue.cuts[photo] if c.annotation and c.annotation.id in wanted]
        for photo, wanted in ids.items()
    }
