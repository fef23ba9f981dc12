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
from cocosynth.foregrounds.cut_store import cuts_of, store_cuts
from cocosynth.foregrounds.cutter import Batches, Cutter
from cocosynth.foregrounds.late_bank import LateCutter, late_bank, with_cuts, with_table
from cocosynth.pipeline.set_up import Setup
from cocosynth.pipeline.techniques import keeping_of, prepares_of
from cocosynth.scenes.inputs import Pool, SceneInputs
from cocosynth.scenes.plan import wanted_of
from cocosynth.scenes.sampling.wanted import Wanted
from cocosynth.sources.catalogue import Catalogue

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
    return _cut(config, catalogue, setup, folder, run, progress, *tried(setup.inputs))


def cut_when_tried(
    config: Config,
    catalogue: Catalogue,
    setup: Setup,
    folder: Path,
    run: Executor,
    progress: Progress,
) -> Setup:
    """Make all instances ready to be cut out late, for images that are made again and again.

    Where a split wants many of the instances that there are, all are cut out beforehand. What is
    cut out late is kept in the folder.

    Parameters
    ----------
    config, catalogue, setup, folder, run, progress
        As for `cut_what_is_tried`.
    """
    bank = setup.inputs.bank
    if _wants_most(setup.inputs):
        none = np.zeros(0, np.intp)
        return _cut(config, catalogue, setup, folder, run, progress, _uncut(bank), none)
    cutter = Cutter.of(catalogue, prepares_of(config), folder, keeping_of(config))
    late = late_bank(bank, catalogue, cutter, folder / "late")
    return replace(setup, inputs=replace(setup.inputs, bank=late))


def _cut(
    config: Config,
    catalogue: Catalogue,
    setup: Setup,
    folder: Path,
    run: Executor,
    progress: Progress,
    first: Numbers,
    others: Numbers,
) -> Setup:
    bank = setup.inputs.bank
    cutter = Cutter.of(catalogue, prepares_of(config), folder, keeping_of(config))
    store = store_cuts(folder / _CUTS, cuts_of(catalogue, bank, others))
    work = Batches(catalogue, cuts_of(catalogue, bank, first))
    answers = progress("cutting out instances", run(cutter, work), len(work.photos), _photos)
    done = list(answers)
    hashes = {**bank.hashes, **{n: found for each in done for n, found in each.hashes.items()}}
    entries = with_cuts(bank.entries, first, [each.entries for each in done])
    cut = entries[first]
    unreadable = frozenset(cut["photo"][cut["pixels"] == 0].tolist())
    cutter_of_others = LateCutter(cutter, store, setup.inputs.photos, unreadable)
    late = with_table(bank, entries, hashes, cutter_of_others, folder)
    return replace(setup, inputs=replace(setup.inputs, bank=late))


def _photos(answer: CutBatch) -> int:
    return answer.photos


def tried(inputs: SceneInputs) -> tuple[Numbers, Numbers]:
    """Return which instances images try first, and which they may try besides.

    Of both, those that have no pixels yet, in order.
    """
    if _wants_most(inputs):
        return _uncut(inputs.bank), np.zeros(0, np.intp)
    uncut = inputs.bank.entries["pixels"] == 0
    first, others = np.zeros(len(uncut), np.bool_), np.zeros(len(uncut), np.bool_)
    for wanted in _wanted(inputs):
        first[list(wanted.instances[:1])] = True
        others[[*wanted.instances[1:], *wanted.others]] = True
    return np.flatnonzero(first & uncut), np.flatnonzero(others & uncut & ~first)


def _uncut(bank: Bank) -> Numbers:
    return np.flatnonzero(bank.entries["pixels"] == 0)


def _wants_most(inputs: SceneInputs) -> bool:
    objects = sum(map(_objects, inputs.pools.values()))
    return objects >= MOST * len(_uncut(inputs.bank))


def _scenes(pool: Pool) -> int:
    return -(-pool.images // pool.siblings)


def _objects(pool: Pool) -> int:
    return pool.asked.counts.total(_scenes(pool))


def _wanted(inputs: SceneInputs) -> Iterator[Wanted]:
    for split, pool in inputs.pools.items():
        for index in range(_scenes(pool)):
            for hand in wanted_of(inputs, split, index):
                yield from hand
