"""The first half of a build: cut the instances out of the foregrounds, once.

A bank can be kept in a folder of its own; builds that would cut out the same take it from there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cocosynth.config.config import Config
from cocosynth.config.file import Source, read_config
from cocosynth.core import files
from cocosynth.core import notes as remarks
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial, keeping_workers
from cocosynth.core.locks import Note
from cocosynth.core.progress import Progress, silent
from cocosynth.core.skipped import Skipped
from cocosynth.core.urls import place
from cocosynth.core.watched import changed
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.bank_folder import (
    bank_key,
    gallery_folder,
    kept_batches,
    opened_bank,
)
from cocosynth.foregrounds.cut_batch import CutBatch
from cocosynth.foregrounds.cutter import Batches, Cutter, bank_of
from cocosynth.foregrounds.gallery import SHOWN, TABLE, SheetWriter, sheets_of, table_of
from cocosynth.foregrounds.learnt import keep_learnt
from cocosynth.pipeline.looking import looked_at
from cocosynth.pipeline.of_dataset import refuse_its_own_folder
from cocosynth.pipeline.techniques import augmentations_of, keeping_of, modes_of, prepares_of
from cocosynth.pipeline.traffic import Counted
from cocosynth.render.blend.choose import preparations_of
from cocosynth.scenes.known import learns
from cocosynth.scenes.placement import PLACEMENT
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.distractors import known_categories
from cocosynth.sources.hashes import hash_photos
from cocosynth.sources.paths import refuse_among_sources
from cocosynth.sources.survey import survey, survey_foregrounds
from cocosynth.sources.value_ranges import find_value_ranges


@dataclass(frozen=True)
class Extracted:
    """What an extraction made.

    Attributes
    ----------
    bank : Bank
        The instances; `len` counts them.
    categories : tuple of str
        Those that the foregrounds bring.
    skipped : Skipped
        What was not cut out, and why.
    notes : list of Note
        What is worth knowing of the sources, though nothing was skipped for it.
    """

    bank: Bank
    categories: tuple[str, ...]
    skipped: Skipped
    notes: list[remarks.Note]


@keeping_workers()
def extract(
    config: Source,
    out: str | Path,
    *,
    folder: str | Path | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    note: Note = warnings.warn,
    overwrite: bool = False,
    gallery: int = SHOWN,
) -> Extracted:
    """Cut out the instances that a build would paste, and keep them.

    Parameters
    ----------
    config : str, Path, mapping or Config
        As for `load_config`.
    out : str or Path
        The folder of the bank; made here. What an interrupted extraction left there is continued.
    folder : str or Path, optional
        What the paths in the configuration are relative to; by default the folder of the file, or
        the current one.
    executor : Executor, optional
        Where the work runs; in this process by default. The result is the same everywhere.
    progress : Progress, optional
    note : callable, optional
        Takes a line about what the user should know, such as that `out` cannot be locked.
    overwrite : bool
        Replace an earlier bank.
    gallery : int
        Instances of each category and source that are shown on sheets in the folder ``gallery`` of
        the bank; none for 0.

    Raises
    ------
    CocosynthError
        If nothing can be cut out of the sources, or `out` cannot take it.
    """
    loaded, target = read_config(config, folder=folder), place(out)
    settings, run = loaded.config, Counted(executor or Serial())
    files.refuse_impossible(target)
    refuse_among_sources(target, settings, loaded.folder)
    refuse_its_own_folder(loaded)
    catalogue = survey_foregrounds(settings, loaded.folder)
    find_value_ranges(settings, catalogue, run, progress)
    hashes = hash_photos(catalogue, sorted(catalogue.cuts), "hashing foregrounds", run, progress)
    key = bank_key(catalogue, hashes, preparations_of(modes_of(settings)))
    with opened_bank(target, key, overwrite=overwrite, note=note):
        bank = cut_instances(settings, catalogue, target, run, progress)
        for number, before in hashes.items():
            if bank.hashes[number] != before:
                raise changed(catalogue.photos[number].path)
        _skip_undecodable(catalogue, bank)
        keep_learnt(target, bank, catalogue.photos, known_categories(catalogue))
        if gallery > 0:
            _write_gallery(catalogue, bank, gallery, run, progress)
    notes = [*catalogue.notes, *(remarks.Note("categories", t) for t in catalogue.lookalikes)]
    return Extracted(bank, tuple(catalogue.pasted), catalogue.skipped, notes)


def _skip_undecodable(catalogue: Catalogue, bank: Bank) -> None:
    """Count what is in the bank without pixels: a build skips it where it would be pasted."""
    numbers, counts = np.unique(
        bank.entries["photo"][bank.entries["pixels"] == 0], return_counts=True
    )
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        photo = catalogue.photos[number]
        reason = "instance whose photograph cannot be decoded"
        catalogue.skip_bad(photo.source, reason, photo.file_name, count)


def _write_gallery(
    catalogue: Catalogue, bank: Bank, most: int, run: Executor, progress: Progress
) -> None:
    """Show what was cut out on sheets, with a table of all of it beside them."""
    folder = files.make_folder(gallery_folder(bank.folder))
    about = (bank, known_categories(catalogue), catalogue.photos)
    sheets = list(sheets_of(*about, most=most))
    total = sum(len(sheet.shown) for sheet in sheets)
    answers = run(SheetWriter(bank, folder), sheets)
    for _ in progress("drawing the gallery", answers, total, int):
        pass
    files.write_atomic(folder / TABLE, table_of(*about))


def cut_instances(
    config: Config, catalogue: Catalogue, folder: Path, run: Executor, progress: Progress
) -> Bank:
    """Cut out what is not in the folder of the bank yet, and return the bank.

    Raises
    ------
    CocosynthError
        If something is to be pasted, and nothing can be cut out.
    """
    cutter = Cutter.of(catalogue, prepares_of(config), folder, keeping_of(config))
    work = Batches(catalogue)
    answers = progress(
        "cutting out instances", run(cutter, work), len(work.photos), lambda answer: answer.photos
    )
    return _bank(config, catalogue, answers, folder)


def survey_instances(
    config: Config, catalogue: Catalogue, folder: Path, run: Executor, progress: Progress
) -> Bank:
    """Return a bank that has all instances, but shapes and pixels only where it needs them.

    Those are cut out whose annotation does not say what they are like: cut-outs, and what has a
    matte or must be sharp. Shapes are measured where choices go by them.

    Raises
    ------
    CocosynthError
        If something is to be pasted, and nothing can be cut out.
    """
    cutter = Cutter.of(catalogue, prepares_of(config), folder, keeping_of(config))
    survey = replace(
        cutter.survey,
        measure=_chooses_by_shape(config),
        measure_whole=config.instance_weights == "wholeness",
    )
    cutter = replace(cutter, shapes_only=True, survey=survey)
    return _bank(config, catalogue, looked_at(catalogue, cutter, run, progress), folder)


def read_sources(config: Config, folder: Path, run: Executor, *, is_cut: bool) -> Catalogue:
    """Read all sources; what `survey_instances` needs of outlines is looked at meanwhile.

    Parameters
    ----------
    config : Config
    folder : Path
        What the paths in it are relative to.
    run : Executor
    is_cut : bool
        All instances have been cut out before.
    """
    looks = not is_cut and not _chooses_by_shape(config)
    return survey(config, folder, run if looks else None)


def _chooses_by_shape(config: Config) -> bool:
    """Say whether it takes the shapes of all instances to know what an image tries first."""
    learning = [config.make(PLACEMENT), *(one.augmentation for one in augmentations_of(config))]
    return (
        config.sizes is not None
        or config.instance_weights is not None
        or any(map(learns, learning))
    )


def _bank(config: Config, catalogue: Catalogue, answers: Iterable[CutBatch], folder: Path) -> Bank:
    bank = bank_of(catalogue, answers, folder)
    if not len(bank.entries) and config.pastes:
        raise CocosynthError(f"no foreground can be used{reasons(catalogue, 'background')}")
    return bank


def kept_instances(
    config: Config, catalogue: Catalogue, folder: Path, run: Executor, progress: Progress
) -> Bank:
    """Return the bank that `extract` made.

    Raises
    ------
    CocosynthError
        If it is not whole, or not what would be cut out now.
    """
    hashes = hash_photos(catalogue, sorted(catalogue.cuts), "hashing foregrounds", run, progress)
    key = bank_key(catalogue, hashes, preparations_of(modes_of(config)))
    parts = kept_batches(folder, catalogue, key, hashes, run)
    answers = progress("checking the bank", parts, len(hashes), lambda answer: answer.photos)
    return _bank(config, catalogue, answers, folder)


def reasons(catalogue: Catalogue, *others: str) -> str:
    """Say what was skipped and why, but for what is of another kind."""
    rows = sorted(catalogue.skipped.rows(), key=lambda row: -row.count)
    found = [str(row) for row in rows if not row.reason.startswith(others)]
    return "; " + "; ".join(found[:3]) if found else ": the sources hold none that is chosen"
