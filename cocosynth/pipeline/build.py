"""The story of a build, top to bottom.

Read the sources, cut out their instances, decide and render every image, write down what is
visible, check the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from cocosynth.check.preview import PICTURES, contact_sheet, picture_of
from cocosynth.check.validate import text_report, validate
from cocosynth.config.config import Config
from cocosynth.config.file import dump_config
from cocosynth.core import files, images
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.executors.progress import Progress, silent
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import Record
from cocosynth.export.coco import CocoExporter, SplitWriter
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.labels.background_store import store_backgrounds
from cocosynth.pipeline.compose import MISSING, Composer
from cocosynth.pipeline.extract import cut_instances, kept_instances, reasons
from cocosynth.pipeline.fingerprint import fingerprint
from cocosynth.pipeline.manifest import manifest_of, used_photos
from cocosynth.pipeline.set_up import set_up
from cocosynth.pipeline.shards import ShardMaker, read_records, shards_of
from cocosynth.pipeline.staging import Staging, Start
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.hashes import hash_photos
from cocosynth.sources.paths import refuse_among_sources
from cocosynth.sources.survey import survey


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes
    ----------
    images : dict of str to int
        By split.
    instances : dict of str to Counter of str
        Annotations of each category, by split.
    skipped : Skipped
        What was not used, and why.
    missing : dict of str to list of str
        Categories that a split has no instance of to paste, by split.
    """

    images: dict[str, int]
    instances: dict[str, Counter[str]]
    skipped: Skipped
    missing: dict[str, list[str]]


def build(
    config: Config,
    folder: Path,
    out: Path,
    *,
    bank_folder: Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    start: Start = "new",
) -> Summary:
    """Build a synthetic COCO dataset.

    Parameters
    ----------
    config : Config
    folder : Path
        What the paths in the configuration are relative to.
    out : Path
        The folder of the dataset; made here.
    bank_folder : Path, optional
        Where `extract` left the instances of these foregrounds; they are cut out here by default.
        The result is the same.
    executor : Executor, optional
        Where the work runs; in this process by default. The result is the same everywhere.
    progress : Progress, optional
    start : {"new", "overwrite", "resume"}
        What to do about an earlier build in `out`: refuse, replace it, or continue it where it
        stopped, which gives the bytes of a build that was never interrupted.

    Returns
    -------
    Summary

    Raises
    ------
    CocosynthError
        If the sources cannot make this dataset, `out` cannot take it, or the bank does not fit.
    """
    run = executor or Serial()
    files.refuse_impossible(out)
    catalogue = survey(config, folder)
    key = fingerprint(config, catalogue)
    refuse_among_sources(out, config, folder)
    with Staging.opened(out, tuple(config.splits), key=key, start=start) as staging:
        bank = _cut_instances(config, catalogue, staging, bank_folder, run, progress)
        backgrounds = store_backgrounds(staging.background_file, catalogue.backgrounds)
        inputs = set_up(config, catalogue, bank, backgrounds)
        _make_images(config, catalogue, inputs, staging, run, progress)
        writers, first = _write_annotations(config, catalogue, inputs, staging)
        _refuse_nothing_pasted(config, catalogue, bank, writers)
        _check(staging)
        _write_preview(catalogue, first, staging)
        files.write_atomic(staging.stage / "config.yaml", dump_config(config))
        used = used_photos(writers)
        hashes = hash_photos(catalogue, used, "hashing sources", run, progress)
        staging.finish(manifest_of(config, catalogue, writers, hashes))
    return _summarize(config, catalogue, inputs, writers)


def _cut_instances(
    config: Config,
    catalogue: Catalogue,
    staging: Staging,
    kept: Path | None,
    run: Executor,
    progress: Progress,
) -> Bank:
    if kept is None:
        bank = cut_instances(config, catalogue, staging.bank_folder, run, progress)
    else:
        bank = kept_instances(config, catalogue, kept, run, progress)
    if not catalogue.backgrounds:
        raise CocosynthError(
            f"no background can be used{reasons(catalogue, 'instance', 'cut-out')}"
        )
    return bank


def _make_images(
    config: Config,
    catalogue: Catalogue,
    inputs: SceneInputs,
    staging: Staging,
    run: Executor,
    progress: Progress,
) -> None:
    exporter = CocoExporter(staging.stage, config.export)
    maker = ShardMaker(Composer(inputs, config.blend_mode()), exporter, staging.shard_folder)
    answers = run(maker, chain.from_iterable(shards_of(inputs, split) for split in inputs.pools))
    total = sum(config.splits.values())
    for answer in progress("composing images", answers, total, lambda answer: answer.images):
        catalogue.skip_all(answer.skipped)


def _write_annotations(
    config: Config, catalogue: Catalogue, inputs: SceneInputs, staging: Staging
) -> tuple[dict[str, SplitWriter], dict[str, list[Record]]]:
    """Number images and annotations in the order of their scenes, split by split.

    The first few records of each split come back, for a person to look at.
    """
    writers, first = {}, {}
    for split in config.splits:
        writer = SplitWriter(catalogue.photos, catalogue.categories, inputs.bank, config.info)
        records: Iterator[Record] = iter(())
        if split in inputs.pools:
            records = read_records(staging.shard_folder, inputs, split)
            first[split] = list(islice(records, max(1, PICTURES // len(inputs.pools))))
            records = chain(first[split], records)
        writer.write(staging.annotation_file(split), staging.scene_file(split), records)
        writers[split] = writer
    return writers, first


def _refuse_nothing_pasted(
    config: Config, catalogue: Catalogue, bank: Bank, writers: dict[str, SplitWriter]
) -> None:
    """Objects were wanted, and not one fitted: that is a mistake in the choices, not a dataset."""
    wanted = catalogue.skipped["images", MISSING]
    if wanted and not any(writer.pasted for writer in writers.values()):
        entry = min(bank.entries, key=lambda entry: int(entry["height"]) * int(entry["width"]))
        height, width = (int(entry[side]) - 2 * MARGIN for side in ("height", "width"))
        raise CocosynthError(
            f"none of the {wanted} objects wanted fitted anywhere; the smallest instance is "
            f"{width} x {height} pixels: look at canvas, augment (scale), placement, "
            f"min_area: {config.min_area}, min_visibility: {config.min_visibility:g}"
        )


def _check(staging: Staging) -> None:
    """Hold every annotation file against the schema and the rules before it counts as written."""
    for split in staging.splits:
        report = validate(staging.annotation_file(split), exact=True)
        if report.errors:
            raise RuntimeError(f"the dataset built is not valid:\n{text_report(report)}")


def _write_preview(catalogue: Catalogue, first: dict[str, list[Record]], staging: Staging) -> None:
    names = {category.id: category.name for category in catalogue.categories}
    pictures = [
        picture_of(staging.image_folder(split), record, names)
        for split, records in first.items()
        for record in records
    ]
    sheet = images.encode_image(contact_sheet(pictures), "png", quality=0)
    files.write_atomic(staging.stage / "preview.png", sheet)


def _summarize(
    config: Config, catalogue: Catalogue, inputs: SceneInputs, writers: dict[str, SplitWriter]
) -> Summary:
    names = {category.id: category.name for category in catalogue.categories}
    pasted = [name for name in catalogue.pasted if config.category_weights.get(name, 1) > 0]
    missing = {}
    for split, pool in inputs.pools.items():
        there = {names[int(inputs.bank.entries["category_id"][n[0]])] for n in pool.instances}
        missing[split] = [name for name in pasted if name not in there]
    return Summary(
        images=dict(config.splits),
        instances={split: writer.instances for split, writer in writers.items()},
        skipped=catalogue.skipped,
        missing=missing,
    )
