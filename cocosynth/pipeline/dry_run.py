"""A build without its pixels: everything is planned, a few images are made, nothing is kept.

What is visible depends on shapes alone, so the counts of a plan are those of the build. Only a
background whose file turns out to be unreadable while it is built changes them.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
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
from cocosynth.pipeline.extract import kept_instances, survey_instances
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
from cocosynth.sources.survey import survey
from cocosynth.sources.value_ranges import find_value_ranges

SAMPLED = 8
"""Images that are made to see how long they take and how large they are."""


@dataclass(frozen=True)
class Planned:
    """What a build is going to make.

    Attributes
    ----------
    summary : Summary
        As that of the build.
    seconds : float
        That the images are going to take, about.
    bytes : int
        That the dataset is going to have, about.
    """

    summary: Summary
    seconds: float
    bytes: int


def dry_run(
    config: Source,
    *,
    folder: str | Path | None = None,
    bank: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    note: Note = warnings.warn,
    limit: int | None = None,
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
    catalogue = survey(settings, loaded.folder)
    find_value_ranges(settings, catalogue, run, progress)
    with tempfile.TemporaryDirectory(prefix="cocosynth-") as work:
        out = Path(work) / "dataset"
        context = settings.export_context(
            stage_of(out), categories=catalogue.categories, photos=tuple(catalogue.photos)
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
            photographs = photographs_of(there, catalogue.photos)
            backgrounds = store_backgrounds(staging.background_file, catalogue.backgrounds)
            setup = set_up(settings, catalogue, there, backgrounds, loaded.folder, limit=limit)
            if bank is None:
                setup = cut_what_is_tried(
                    settings, catalogue, setup, staging.bank_folder, run, progress
                )
            inputs = setup.inputs
            say_what_cannot_be(inputs, note)
            tallies = {split: Tally() for split in settings.splits}
            work_to_do = chain.from_iterable(shards_of(inputs, split) for split in inputs.pools)
            answers = run(ShardPlanner(Composer(setup)), work_to_do)
            total = sum(pool.images for pool in inputs.pools.values())
            for answer in progress("planning images", answers, total, lambda made: made.images):
                catalogue.skip_all(answer.skipped)
                tallies[answer.split].add(answer.counts)
            maker = ShardMaker(
                Composer(setup, take_hashes=True), formats, context, staging.shard_folder
            )
            seconds, size = _measured(maker, inputs, out)
        health = health_of(settings, catalogue, inputs, photographs, tallies)
        summary = summarize(settings, catalogue, inputs, tallies, health)
    workers = max(1, getattr(run, "workers", 1))
    return Planned(summary, seconds * total / workers, round(size * total))


@dataclass(frozen=True)
class ShardPlanner:
    """Plans the images of a shard, and counts what they hold."""

    compose: Composer

    def __call__(self, shard: Shard) -> MadeShard:
        skipped, tally = Skipped(), Tally()
        for index in shard.indices:
            tally.count(self.compose.planned(shard.split, index, skipped))
        return MadeShard(shard.split, len(shard.indices), tally.counts(), skipped.rows(), hashes={})


def _measured(maker: ShardMaker, inputs: SceneInputs, out: Path) -> tuple[float, float]:
    """Make some images; return the seconds and the bytes that each takes."""
    before, begun, count = _size(out), time.perf_counter(), 0
    for shard in _samples(inputs):
        maker(shard)
        count += len(shard.indices)
    seconds = time.perf_counter() - begun
    return seconds / count, (_size(out) - before) / count


def _samples(inputs: SceneInputs) -> Iterator[Shard]:
    """Choose images spread evenly over the splits."""
    each = max(1, SAMPLED // len(inputs.pools))
    for split, pool in inputs.pools.items():
        count = min(each, pool.images)
        indices = [pool.images * number // count for number in range(count)]
        yield Shard(split, 0, tuple(indices))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
