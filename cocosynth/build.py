"""The story of a build, top to bottom.

Read the sources, cut out their instances, decide and render every image, write down what is
visible, check the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from cocosynth import files, images
from cocosynth.bank import Bank, Cutter, batches
from cocosynth.config import dump_config
from cocosynth.errors import CocosynthError
from cocosynth.executor import Executor, Serial
from cocosynth.export.coco import CocoExporter, SplitWriter
from cocosynth.manifest import manifest_of
from cocosynth.options import Config
from cocosynth.output import Output
from cocosynth.preview import PICTURES, contact_sheet, picture_of
from cocosynth.shards import ShardMaker, read_records, shards_of
from cocosynth.sources import Catalogue, survey
from cocosynth.studio import Studio, set_up
from cocosynth.validate import text_report, validate

Answer = TypeVar("Answer")


class Progress(Protocol):
    """Told how far a build is."""

    def __call__(
        self, title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
    ) -> Iterator[Answer]:
        """Pass the answers on; each stands for `size` of `total` steps."""


def silent(
    title: str, answers: Iterable[Answer], total: int, size: Callable[[Answer], int]
) -> Iterator[Answer]:
    """Report nothing."""
    return iter(answers)


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes
    ----------
    images : dict of str to int
        By split.
    instances : dict of str to Counter of str
        Annotations of each category, by split.
    skipped : Counter of (source, reason)
        What was left out, and why.
    missing : dict of str to list of str
        Categories that a split has no instance of to paste, by split.
    """

    images: dict[str, int]
    instances: dict[str, Counter[str]]
    skipped: Counter[tuple[str, str]]
    missing: dict[str, list[str]]


def build(
    config: Config,
    folder: Path,
    out: Path,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
    overwrite: bool = False,
) -> Summary:
    """Build a synthetic COCO dataset.

    Parameters
    ----------
    config : Config
    folder : Path
        What the paths in the configuration are relative to.
    out : Path
        The folder of the dataset; made here.
    executor : Executor, optional
        Where the work runs; in this process by default. The result is the same everywhere.
    progress : Progress, optional
    overwrite : bool
        Replace a dataset that an earlier build left in `out`.

    Returns
    -------
    Summary

    Raises
    ------
    CocosynthError
        If the sources cannot make this dataset, or `out` cannot take it.
    """
    run = executor or Serial()
    catalogue = survey(config, folder)
    with Output.opened(out, config, folder, overwrite=overwrite) as output:
        bank = _cut_instances(config, catalogue, output, run, progress)
        studio = set_up(config, catalogue, bank)
        _make_images(config, catalogue, studio, output, run, progress)
        writers = _write_annotations(config, catalogue, bank, output)
        _check(output)
        _write_preview(config, catalogue, output)
        files.write_atomic(output.path / "config.yaml", dump_config(config))
        output.finish(manifest_of(config, catalogue, writers))
    return _summarize(config, catalogue, studio, writers)


def _cut_instances(
    config: Config, catalogue: Catalogue, output: Output, run: Executor, progress: Progress
) -> Bank:
    cutter = Cutter(
        output.bank_folder,
        config.blend_mode(),
        {category.name: category.id for category in catalogue.categories},
    )
    work = batches(catalogue)
    total = sum(len(photos) for _, photos in work)
    title = "cutting out instances"
    answers = progress(title, run(cutter, work), total, lambda answer: answer.photos)
    bank = Bank.gathered(catalogue.skipped, answers, output.bank_folder)
    if not len(bank.entries) and config.objects_per_image[1] > 0:
        raise CocosynthError(f"no foreground can be used{_reasons(catalogue.skipped)}")
    if not catalogue.backgrounds:
        raise CocosynthError(f"no background can be used{_reasons(catalogue.skipped)}")
    return bank


def _reasons(skipped: Counter[tuple[str, str]]) -> str:
    told = [f"{source}: {count} x {reason}" for (source, reason), count in skipped.most_common(3)]
    return "; " + "; ".join(told) if told else ": the sources hold none"


def _make_images(
    config: Config,
    catalogue: Catalogue,
    studio: Studio,
    output: Output,
    run: Executor,
    progress: Progress,
) -> None:
    maker = ShardMaker(studio, CocoExporter(output.path, config.export), output.shard_folder)
    answers = run(maker, shards_of(config.splits))
    total = sum(config.splits.values())
    for answer in progress("composing images", answers, total, lambda answer: answer.images):
        catalogue.skipped.update(answer.skipped)


def _write_annotations(
    config: Config, catalogue: Catalogue, bank: Bank, output: Output
) -> dict[str, SplitWriter]:
    """Number images and annotations in the order of their scenes, split by split."""
    writers = {}
    for split, count in config.splits.items():
        writer = SplitWriter(catalogue.photos, catalogue.categories, bank, config.info)
        shards = shards_of({split: count})
        writer.write(
            output.annotation_file(split),
            output.scene_file(split),
            lambda shards=shards: read_records(output.shard_folder, shards),  # type: ignore[misc]
        )
        writers[split] = writer
    return writers


def _check(output: Output) -> None:
    """Hold every annotation file against the schema and the rules before it counts as written."""
    for split in output.splits:
        report = validate(output.annotation_file(split), exact=True)
        if report.errors:
            raise RuntimeError(f"the dataset built is not valid:\n{text_report(report)}")


def _write_preview(config: Config, catalogue: Catalogue, output: Output) -> None:
    names = {category.id: category.name for category in catalogue.categories}
    splits = {split: count for split, count in config.splits.items() if count}
    each = max(1, PICTURES // max(1, len(splits)))
    pictures = [
        picture_of(output.path / split, record, names)
        for split, count in splits.items()
        for record in islice(read_records(output.shard_folder, shards_of({split: count})), each)
    ]
    sheet = images.encode_image(contact_sheet(pictures), "png", quality=0)
    files.write_atomic(output.path / "preview.png", sheet)


def _summarize(
    config: Config, catalogue: Catalogue, studio: Studio, writers: dict[str, SplitWriter]
) -> Summary:
    names = {category.id: category.name for category in catalogue.categories}
    pasted = [name for name in catalogue.pasted if config.category_weights.get(name, 1) > 0]
    missing = {}
    for split, pool in studio.pools.items():
        there = {names[int(studio.bank.entries["category_id"][n[0]])] for n in pool.instances}
        missing[split] = [name for name in pasted if name not in there]
    return Summary(
        images=dict(config.splits),
        instances={split: writer.instances for split, writer in writers.items()},
        skipped=+catalogue.skipped,
        missing=missing,
    )
