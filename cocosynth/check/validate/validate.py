"""One COCO file through all levels, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.annotations import Annotations
from cocosynth.check.validate.boxes import BEYOND_IMAGE
from cocosynth.check.validate.pixels import ImageTask, Options, image_tasks, run
from cocosynth.check.validate.report import Findings, Report
from cocosynth.check.validate.rules import LEVELS
from cocosynth.check.validate.schema import document_problems
from cocosynth.check.validate.small_tables import Tables, read_tables, sound_batches
from cocosynth.coco.document import Document
from cocosynth.core.errors import CocosynthError

Progress = Callable[[int, int], None]
"""Called with what is done and what there is: annotations, then, at the pixels level, images."""

_NOTHING = np.zeros((0, 3), dtype=np.int64)

EXACT = ("area-differs", "bbox-differs")
"""Warnings that are errors where area and box must be those of the mask."""


def validate(
    path: str | Path,
    *,
    images: str | Path | None = None,
    level: str | None = None,
    workers: int = 1,
    progress: Progress | None = None,
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
    workers : int
        Processes for the pixels level.
    progress : callable, optional
        Called with what is done and what there is: annotations, then, at the pixels level, images.
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
        options = Options(None if images is None else str(images), exact)
        tasks = image_tasks(document, tables, numbers)
        _check_pixels(tasks, options, findings, workers, progress, len(tables.sizes))
    return findings.report(
        str(path),
        level=level,
        images=len(document.tables["images"]),
        annotations=len(document.tables["annotations"]),
        categories=len(document.tables["categories"]),
    )


def _check_records(
    document: Document, findings: Findings, level: str, exact: bool, progress: Progress | None
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
    done, total = 0, len(document.tables["annotations"])
    for positions, records, broken in sound_batches(document, "annotations", findings):
        if references:
            checks.add(positions, records)
            checks.add_broken(broken)
        done += len(records) + len(broken)
        if progress:
            progress(done, total)
    if document.hides_members():
        findings.add("duplicate-key", "$", "a key occurs more than once; the last counts")
    return tables, checks.finish(document) if references else _NOTHING


def _check_pixels(
    tasks: Iterable[ImageTask],
    options: Options,
    findings: Findings,
    workers: int,
    progress: Progress | None,
    total: int,
) -> None:
    if options.folder is None:
        findings.notes.append("image files were not looked at: no image folder was given")
    done = 0
    for count, problems in run(tasks, options, workers=workers):
        for problem in problems:
            findings.add(problem.rule, problem.where, problem.message)
        done += count
        if progress:
            progress(done, total)
