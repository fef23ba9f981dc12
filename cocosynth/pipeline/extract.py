"""The first half of a build: cut the instances out of the foregrounds, once.

A bank can be kept in a folder of its own; builds that would cut out the same take it from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cocosynth.config.config import Config
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.executors.progress import Progress, silent
from cocosynth.core.registry import name_of
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.bank_folder import bank_key, opened_bank, refuse_other_bank
from cocosynth.foregrounds.cutter import Cutter, bank_of, batches
from cocosynth.render.blend import preparation
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.hashes import hash_photos
from cocosynth.sources.paths import refuse_among_sources
from cocosynth.sources.survey import survey_foregrounds


def extract(
    config: Config,
    folder: Path,
    out: Path,
    *,
    executor: Executor | None = None,
    progress: Progress = silent,
    overwrite: bool = False,
) -> tuple[Bank, Catalogue]:
    """Cut out the instances that a build would paste, and keep them.

    Parameters
    ----------
    config : Config
    folder : Path
        What the paths in the configuration are relative to.
    out : Path
        The folder of the bank; made here. What an interrupted extraction left there is continued.
    executor : Executor, optional
        Where the work runs; in this process by default. The result is the same everywhere.
    progress : Progress, optional
    overwrite : bool
        Replace an earlier bank.

    Raises
    ------
    CocosynthError
        If nothing can be cut out of the sources, or `out` cannot take it.
    """
    run = executor or Serial()
    files.refuse_impossible(out)
    refuse_among_sources(out, config, folder)
    catalogue = survey_foregrounds(config, folder)
    hashes = hash_photos(catalogue, sorted(catalogue.cuts), "hashing foregrounds", run, progress)
    with opened_bank(out, bank_key(catalogue, hashes, _preparation(config)), overwrite=overwrite):
        bank = cut_instances(config, catalogue, out, run, progress)
    return bank, catalogue


def cut_instances(
    config: Config, catalogue: Catalogue, folder: Path, run: Executor, progress: Progress
) -> Bank:
    """Cut out what is not in the folder of the bank yet, and return the bank.

    Raises
    ------
    CocosynthError
        If something is to be pasted, and nothing can be cut out.
    """
    cutter = Cutter.of(catalogue, config.blend_mode().prepare, folder)
    work = batches(catalogue)
    total = sum(len(photos) for _, photos in work)
    title = "cutting out instances"
    answers = progress(title, run(cutter, work), total, lambda answer: answer.photos)
    bank = bank_of(catalogue, answers, folder)
    if not len(bank.entries) and config.objects_per_image[1] > 0:
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
    refuse_other_bank(folder, catalogue, bank_key(catalogue, hashes, _preparation(config)))
    return cut_instances(config, catalogue, folder, Serial(), silent)  # nothing is left to be cut


def reasons(catalogue: Catalogue, *others: str) -> str:
    """Say what was left out and why, but for what is of another kind."""
    rows = sorted(catalogue.skipped.rows(), key=lambda row: -row.count)
    found = [f"{r.source}: {r.count} x {r.reason}" for r in rows if not r.reason.startswith(others)]
    return "; " + "; ".join(found[:3]) if found else ": the sources hold none that is chosen"


def _preparation(config: Config) -> dict[str, Any]:
    return preparation(name_of(config.blend), config.blend_mode())
