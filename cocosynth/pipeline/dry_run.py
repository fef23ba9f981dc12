"""A build without its pixels: everything is planned, a few images are made, nothing is kept.

What is visible depends on shapes alone, so the counts of a plan are those of the build. Only a
background whose file turns out to be unreadable while it is built changes them. Of a build that is
too large to be planned as a whole, images spread evenly over it are planned, and it says so.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from cocosynth.config.file import Source, read_config
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.locks import Note
from cocosynth.core.progress import Progress, silent
from cocosynth.core.skipped import Skipped
from cocosynth.core.urls import place
from cocosynth.export.formats import make_formats
from cocosynth.foregrounds.bank import Bank
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.earlier import stage_of
from cocosynth.pipeline.estimate import estimate_of, sampled_shards
from cocosynth.pipeline.extract import kept_instances, read_sources, survey_instances
from cocosynth.pipeline.goals import say_what_cannot_be
from cocosynth.pipeline.health import health_of, photographs_of
from cocosynth.pipeline.of_dataset import refuse_its_own_folder
from cocosynth.pipeline.set_up import set_up
from cocosynth.pipeline.shards import MadeShard, Shard, ShardMaker, shards_of
from cocosynth.pipeline.staging import Staging
from cocosynth.pipeline.summary import Summary, summarize
from cocosynth.pipeline.tally import Tally
from cocosynth.pipeline.tried import cut_what_is_tried
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.value_ranges import find_value_ranges

PLANNED, SAMPLE = 50_000, 20_000
"""How many images are all planned by default; of a build with more, how many are."""


@dataclass(frozen=True)
class Planned:
    """What a build is going to make.

    Attributes
    ----------
    summary : Summary
        As that of the build; where not all images were planned, the annotations and distractors in
        it are estimates, and the health check and what was skipped count the planned images.
    planned : dict of str to int
        How many images of each split were planned.
    seconds : float
        That the images are going to take, about.
    bytes : int
        That the dataset is going to have, about.
    """

    summary: Summary
    planned: dict[str, int]
    seconds: float
    bytes: int

    @property
    def is_whole(self) -> bool:
        """Whether all images were planned."""
        return self.planned == {s: n for s, n in self.summary.images.items() if n}


def dry_run(
    config: Source,
    *,
    folder: str | Path | None = None,
    bank: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    note: Note = warnings.warn,
    limit: int | None = None,
    most: int | None = None,
) -> Planned:
    """Plan a build; nothing is written outside of a temporary folder.

    Parameters
    ----------
    config : str, Path, mapping or Config
    folder, bank : str or Path, optional
    executor : Executor, optional
    progress : Progress, optional
    note : callable, optional
    limit : int, optional
        All as for `build`.
    most : int, optional
        Plan so many images, spread evenly over all of them, and estimate the rest from these; by
        default all of a build of up to `PLANNED` images, and `SAMPLE` of a larger one.

    Raises
    ------
    CocosynthError
        If the sources cannot make this dataset, or the bank does not fit.
    """
    loaded, run = read_config(config, folder=folder), executor or Serial()
    settings = loaded.config
    for line in loaded.notes:
        note(line)
    refuse_its_own_folder(loaded)
    catalogue = read_sources(settings, loaded.folder, run, is_cut=bank is not None)
    find_value_ranges(settings, catalogue, run, progress)
    with tempfile.TemporaryDirectory(prefix="cocosynth-") as work:
        out = Path(work) / "dataset"
        context = settings.export_context(
            stage_of(out), categories=catalogue.categories, photos=catalogue.photos
        )
        formats = make_formats(context)
        products = [product for format in formats for product in format.exporter.products]
        with Staging.opened(
            out, settings.splits, products, key={}, start="new", note=note
        ) as staging:
            there: Bank
            if bank is None:
                there = survey_instances(settings, catalogue, staging.bank_folder, run, progress)
            else:
                there = kept_instances(settings, catalogue, place(bank), run, progress)
            photographs = photographs_of(there, catalogue)
            backgrounds = store_backgrounds(staging.background_file, catalogue.backgrounds)
            setup = set_up(settings, catalogue, there, backgrounds, loaded.folder, limit=limit)
            if bank is None:
                setup = cut_what_is_tried(
                    settings, catalogue, setup, staging.bank_folder, run, progress
                )
            inputs = setup.inputs
            say_what_cannot_be(inputs, note)
            tallies = {split: Tally() for split in settings.splits}
            counts = planned_images({s: p.images for s, p in inputs.pools.items()}, most)
            total = sum(counts.values())
            whole = total == sum(pool.images for pool in inputs.pools.values())
            scheduled = chain.from_iterable(shards_of(inputs, split) for split in inputs.pools)
            work_to_do = scheduled if whole else sampled_shards(inputs, counts)
            answers = run(ShardPlanner(Composer(setup)), work_to_do)
            for answer in progress("planning images", answers, total, lambda made: made.images):
                catalogue.skip_all(answer.skipped)
                tallies[answer.split].add(answer.counts)
            maker = ShardMaker(
                Composer(setup, take_hashes=True), formats, context, staging.shard_folder
            )
            estimate = estimate_of(maker, inputs)
        seen = inputs if whole else _of_sample(inputs, counts)
        health = health_of(settings, catalogue, seen, photographs, tallies)
        summary = summarize(settings, catalogue, inputs, tallies, health)
        if not whole:
            summary = _scaled(summary, counts)
    workers = max(1, getattr(run, "workers", 1))
    images = sum(summary.images.values())
    return Planned(summary, counts, estimate.seconds * images / workers, estimate.size(images))


def planned_images(images: Mapping[str, int], most: int | None = None) -> dict[str, int]:
    """Return how many images of each split are planned: one at the least.

    Examples
    --------
    >>> planned_images({"train": 2_000_000})
    {'train': 20000}
    """
    total = sum(images.values())
    wanted = (total if total <= PLANNED else SAMPLE) if most is None else min(most, total)
    return {split: max(1, count * wanted // total) for split, count in images.items()}


def _of_sample(inputs: SceneInputs, counts: Mapping[str, int]) -> SceneInputs:
    """Return inputs with no more images than were planned: goals are compared with their part."""
    pools = {split: replace(pool, images=counts[split]) for split, pool in inputs.pools.items()}
    return replace(inputs, pools=pools)


def _scaled(summary: Summary, counts: Mapping[str, int]) -> Summary:
    """Estimate what all images hold from what the planned ones do."""

    def all_of(found: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
        return {
            split: Counter(
                {
                    name: round(count * summary.images[split] / counts[split])
                    for name, count in counter.items()
                }
            )
            for split, counter in found.items()
        }

    instances, distractors = all_of(summary.instances), all_of(summary.distractors)
    return replace(summary, instances=instances, distractors=distractors)


@dataclass(frozen=True)
class ShardPlanner:
    """Plans the images of a shard, and counts what they hold."""

    compose: Composer

    def __call__(self, shard: Shard) -> MadeShard:
        skipped, tally = Skipped(), Tally()
        for index in shard.indices:
            tally.count(self.compose.planned(shard.split, index, skipped))
        return MadeShard(shard.split, len(shard.indices), tally.counts(), skipped.rows(), hashes={})
