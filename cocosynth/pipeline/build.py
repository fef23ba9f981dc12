"""The story of a build, top to bottom.

Read the sources, cut out their instances, decide and render every image, write down what is
visible, check the result.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cocosynth.check.report import Findings
from cocosynth.coco.layout import REPORT, REPORT_FILES, Layout
from cocosynth.config.config import Config
from cocosynth.config.file import Loaded, Source, dump_config, read_config
from cocosynth.core import files, identity
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial, keeping_workers
from cocosynth.core.locks import Note
from cocosynth.core.progress import Progress, silent
from cocosynth.core.urls import at, place
from cocosynth.core.watched import changed
from cocosynth.export.formats import make_formats
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.pipeline.checked import checked
from cocosynth.pipeline.compose import MISSING, UNDECODABLE, Composer
from cocosynth.pipeline.earlier import stage_of
from cocosynth.pipeline.extract import (
    kept_instances,
    read_sources,
    reasons,
    survey_instances,
)
from cocosynth.pipeline.fingerprint import fingerprint
from cocosynth.pipeline.goals import say_what_cannot_be
from cocosynth.pipeline.health import health_of, photographs_kept
from cocosynth.pipeline.manifest import manifest_of
from cocosynth.pipeline.of_dataset import refuse_its_own_folder
from cocosynth.pipeline.pasted import settled
from cocosynth.pipeline.pieces import finish_formats
from cocosynth.pipeline.report import report_on
from cocosynth.pipeline.set_up import set_up
from cocosynth.pipeline.shards import ShardMaker, shards_of
from cocosynth.pipeline.staging import Staging, Start
from cocosynth.pipeline.summary import Summary, summarize
from cocosynth.pipeline.tally import Tally
from cocosynth.pipeline.traffic import Counted, taken
from cocosynth.pipeline.tried import cut_what_is_tried
from cocosynth.pipeline.url_staging import staging_of
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.paths import refuse_among_sources
from cocosynth.sources.value_ranges import find_value_ranges


def build(
    config: Source,
    out: str | Path,
    *,
    folder: str | Path | None = None,
    bank: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    note: Note = warnings.warn,
    start: Start = "new",
    limit: int | None = None,
) -> Summary:
    """Build a synthetic COCO dataset.

    Parameters
    ----------
    config : str, Path, mapping or Config
        As for `load_config`.
    out : str or Path
        The folder of the dataset; made here.
    folder : str or Path, optional
        What the paths in the configuration are relative to; by default the folder of the file, or
        the current one.
    bank : str or Path, optional
        Where `extract` left the instances of these foregrounds; they are cut out here by default.
        The result is the same.
    executor : Executor, optional
        Where the work runs; in this process by default. The result is the same everywhere.
    progress : Progress, optional
    note : callable, optional
        Takes a line about what the user should know, such as that `out` cannot be locked.
    start : {"new", "overwrite", "resume"}
        What to do about an earlier build in `out`: refuse, replace it, or continue it where it
        stopped, which gives the bytes of a build that was never interrupted.
    limit : int, optional
        Make the first images of each split only, the very ones that a build of all of them has.

    Returns
    -------
    Summary

    Raises
    ------
    CocosynthError
        If the sources cannot make this dataset, `out` cannot take it, or the bank does not fit.
    """
    loaded = read_config(config, folder=folder)
    for line in loaded.notes:
        note(line)
    target, run = place(out), Counted(executor or Serial())
    kept = None if bank is None else place(bank)
    with keeping_workers():
        summary = _build(loaded, target, kept, run, progress, note, start, limit)
    run.add(taken())
    return replace(summary, traffic=run.total)


def _build(
    loaded: Loaded,
    out: Path,
    kept: Path | None,
    run: Executor,
    progress: Progress,
    note: Note,
    start: Start,
    limit: int | None,
) -> Summary:
    config, folder = loaded.config, loaded.folder
    files.refuse_impossible(out)
    refuse_its_own_folder(loaded)
    catalogue = read_sources(config, folder, run, is_cut=kept is not None)
    refuse_among_sources(out, config, folder)
    find_value_ranges(config, catalogue, run, progress)
    catalogue.technique_files = {
        name: identity.sha256(at(folder, name)) for name in config.technique_files()
    }
    key = fingerprint(config, catalogue, limit)
    context = config.export_context(
        stage_of(out), categories=catalogue.categories, photos=catalogue.photos
    )
    formats = make_formats(context)
    products = [product for format in formats for product in format.exporter.products]
    products += [REPORT, REPORT_FILES] if config.report else []
    with staging_of(out).opened(
        out, config.splits, products, key=key, start=start, note=note
    ) as staging:
        bank = _instances(config, catalogue, staging, kept, run, progress)
        backgrounds = store_backgrounds(staging.background_file, catalogue.backgrounds)
        setup = set_up(config, catalogue, bank, backgrounds, folder, limit=limit)
        kept_in = staging.bank_folder / "photographs.json"
        photographs = photographs_kept(kept_in, bank, catalogue)
        if kept is None:
            work = staging.bank_folder
            setup = cut_what_is_tried(config, catalogue, setup, work, run, progress)
        catalogue.cuts.clear()  # what of them may still be cut out is on disk
        inputs = setup.inputs
        say_what_cannot_be(inputs, note)
        context = replace(context, splits=inputs.images(config.splits))
        formats = make_formats(context)
        maker = ShardMaker(
            Composer(setup, take_hashes=True), formats, context, staging.shard_folder
        )
        staging.ready()
        tallies, hashes = _make_images(maker, catalogue, inputs, run, progress, staging)
        _refuse_nothing_pasted(config, catalogue, inputs.bank, tallies)
        context = settled(config, context, catalogue, inputs.bank)
        finish_formats(make_formats(context), catalogue, inputs, staging, run, progress)
        files.write_atomic(Layout(staging.stage).config, dump_config(config))
        images_made = inputs.images(config.splits)
        health = health_of(config, catalogue, inputs, photographs, tallies)
        with checked(staging, inputs.pools, run) as reports:
            if config.report:
                skipped = catalogue.skipped.rows()
                report_on(
                    loaded, Layout(staging.stage), lambda: Findings(reports(), health, skipped),
                    catalogue.photos, hashes, run, progress,
                )  # fmt: skip
        staging.finish(
            manifest_of(config, catalogue, images_made, tallies, hashes, products, health)
        )
    return summarize(config, catalogue, inputs, tallies, health)


def _instances(
    config: Config,
    catalogue: Catalogue,
    staging: Staging,
    kept: Path | None,
    run: Executor,
    progress: Progress,
) -> Bank:
    if kept is None:
        bank = survey_instances(config, catalogue, staging.bank_folder, run, progress)
    else:
        bank = kept_instances(config, catalogue, kept, run, progress)
    if not catalogue.backgrounds:
        raise CocosynthError(
            f"no background can be used{reasons(catalogue, 'instance', 'cut-out')}"
        )
    return bank


def _make_images(
    maker: ShardMaker,
    catalogue: Catalogue,
    inputs: SceneInputs,
    run: Executor,
    progress: Progress,
    staging: Staging,
) -> tuple[dict[str, Tally], dict[int, dict[str, str]]]:
    """Make all images; return what each split holds, and the sha256 of what was read of each photo.

    Raises
    ------
    CocosynthError
        If a photo was not the same each time that it was read.
    """
    splits = maker.context.splits
    hashes = {number: dict(found) for number, found in inputs.bank.hashes.items()}
    tallies = {split: Tally() for split in splits}
    answers = run(maker, chain.from_iterable(shards_of(inputs, split) for split in inputs.pools))
    total = sum(splits.values())
    for answer in progress("composing images", answers, total, lambda answer: answer.images):
        staging.refuse_lost()
        catalogue.skip_all(answer.skipped)
        tallies[answer.split].add(answer.counts)
        for number, found in answer.hashes.items():
            if hashes.setdefault(number, {}).setdefault("sha256", found) != found:
                raise changed(catalogue.photos[number].path)
    return tallies, hashes


def _refuse_nothing_pasted(
    config: Config, catalogue: Catalogue, bank: Bank, tallies: Mapping[str, Tally]
) -> None:
    """Objects were wanted, and not one fitted: that is a mistake in the choices, not a dataset."""
    wanted = catalogue.skipped["images", MISSING]
    if wanted and not any(tally.pasted.total() for tally in tallies.values()):
        if any(row.reason == UNDECODABLE for row in catalogue.skipped.rows()):
            raise CocosynthError(f"nothing can be pasted{reasons(catalogue, 'background')}")
        sizes = bank.entries[["height", "width"]][bank.entries["pixels"] > 0]
        entry = min(sizes, key=lambda entry: int(entry["height"]) * int(entry["width"]))
        height, width = (int(entry[side]) - 2 * MARGIN for side in ("height", "width"))
        limits = config.limits
        raise CocosynthError(
            f"none of the {wanted} objects wanted fitted anywhere; the smallest one cut out is "
            f"{width} x {height} pixels: look at canvas, augment (scale), placement, "
            f"min_area: {limits.min_area}, min_visibility: {limits.min_visibility:g}, "
            f"max_truncation: {limits.max_truncation:g}, max_overlap: {limits.max_overlap:g}"
        )
