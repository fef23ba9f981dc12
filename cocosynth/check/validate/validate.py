"""One COCO file through all levels, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.annotations import Annotations
from cocosynth.check.validate.boxes import BEYOND_IMAGE
from cocosynth.check.validate.pixels import BatchChecker, CheckedBatch, batches_of, image_tasks
from cocosynth.check.validate.report import Findings, Report
from cocosynth.check.validate.rules import LEVELS
from cocosynth.check.validate.schema import document_problems
from cocosynth.check.validate.small_tables import Batch, Tables, read_tables, sound_batches
from cocosynth.coco.document import Document
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent

_NOTHING = np.zeros((0, 3), dtype=np.int64)

EXACT = ("area-differs", "bbox-differs")
"""Warnings that are errors where area and box must be those of the mask."""


def validate(
    path: str | Path,
    *,
    images: str | Path | None = None,
    level: str | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    exact: bool = False,
) -> Report:
    """Check a COCO file.

    Parameters
    ----------
    path : str or Path
        The annotation file.
    images : str or Path, optional
        The folder that `file_name` is relative to; without it no image file is looked at.
    level : {"schema", "references", "pixels"}, optional
        How deep to look; by default "pixels" where `images` is given, else "references".
        "pixels" without `images` checks masks, and says so in a note.
    executor : Executor, optional
        Where images and masks are looked at; in this process by default.
    progress : Progress, optional
        Sees annotations pass by, then, at the pixels level, images.
    exact : bool
        Area and box must equal those of the mask; else small differences pass, and larger ones
        are warnings.

    Returns
    -------
    Report

    Raises
    ------
    CocosynthError
        If the file cannot be read or is no JSON object, or an argument is wrong.
    """
    level = level or ("pixels" if images is not None else "references")
    if level not in LEVELS:
        raise CocosynthError(f"level: must be one of {', '.join(LEVELS)}, got {level!r}")
    document = Document(path)
    findings = Findings(raised=EXACT if exact else ())
    if images is not None and not Path(images).is_dir():
        raise CocosynthError(f"{images}: no such folder; give the one that file names start from")
    tables, numbers = _check_records(document, findings, level, exact, progress)
    if level == "pixels":
        checker = BatchChecker(None if images is None else str(images), exact)
        tasks = image_tasks(document, tables, numbers)
        answers = (executor or Serial())(checker, batches_of(tasks))
        total = len(tables.sizes)
        _add_all(findings, progress("checking images", answers, total, lambda done: done.images))
        if images is None:
            findings.notes.append("image files were not looked at: no image folder was given")
    return findings.report(
        str(path),
        level=level,
        images=len(document.tables["images"]),
        annotations=len(document.tables["annotations"]),
        categories=len(document.tables["categories"]),
    )


def _check_records(
    document: Document, findings: Findings, level: str, exact: bool, progress: Progress
) -> tuple[Tables, NDArray[np.int64]]:
    """Check all that needs no pixels; return what the pixels level needs."""
    if document.has_mark:
        text = "many JSON readers stop at it; write the file as UTF-8 without a mark"
        findings.add("byte-order-mark", "$", text)
    for problem in document_problems(document):
        findings.add(problem.rule, problem.where, problem.message)
    references = level != "schema"
    tables = read_tables(document, findings, references=references)
    checks = Annotations(tables, document.is_list, findings, 0 if exact else BEYOND_IMAGE)
    title, total = f"checking {Path(document.path).name}", len(document.tables["annotations"])
    batches = sound_batches(document, "annotations", findings)
    for positions, records, broken in progress(title, batches, total, _records_in):
        if references:
            checks.add(positions, records)
            checks.add_broken(broken)
    if document.hides_members:
        findings.add("duplicate-key", "$", "a key occurs more than once; the last counts")
    return tables, checks.finish(document) if references else _NOTHING


def _records_in(batch: Batch) -> int:
    _, sound, broken = batch
    return len(sound) + len(broken)


def _add_all(findings: Findings, checked: Iterable[CheckedBatch]) -> None:
    for batch in checked:
        for problem in batch.problems:
            findings.add(problem.rule, problem.where, problem.message)
