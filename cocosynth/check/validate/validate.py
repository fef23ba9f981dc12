"""One COCO file through all levels, in the order in which they build on each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np

from cocosynth.check.validate.annotations import Annotations
from cocosynth.check.validate.areas import check_bare_areas, check_mask_areas
from cocosynth.check.validate.box_forms import BEYOND_IMAGE, BoxForms
from cocosynth.check.validate.boxes import check_boxes
from cocosynth.check.validate.columns import Columns, Flags, quietly
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.image_rules import ImageFile, check_files
from cocosynth.check.validate.mask_rules import check_masks, check_normalized, check_rectangles
from cocosynth.check.validate.pixels import check_drawn, look
from cocosynth.check.validate.repeated import check_repeated
from cocosynth.check.validate.report import Report
from cocosynth.check.validate.rows import RowFindings
from cocosynth.check.validate.rules import LEVELS
from cocosynth.check.validate.schema import document_problems
from cocosynth.check.validate.swapped import Swapped, check_swapped
from cocosynth.check.validate.tables import Batch, Tables, read_tables, sound_batches
from cocosynth.check.validate.whole_file import (
    check_categories,
    check_crowdless,
    check_crowds,
    check_images,
)
from cocosynth.coco.document import Document
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.fetching import ask_again
from cocosynth.core.progress import Progress, silent
from cocosynth.core.urls import place
from cocosynth.core.values import Size

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
    ask_again()
    document = Document(path, on_disk=True)
    if images is not None and not files.is_folder(images):
        raise CocosynthError(f"{images}: no such folder; give the one that file names start from")
    findings = Findings(raised=EXACT if exact else ())
    look_into(
        document, findings, images=images, level=level, exact=exact,
        executor=executor or Serial(), progress=progress,
    )  # fmt: skip
    return report_on(document, findings, level)


def report_on(document: Document, findings: Findings, level: str) -> Report:
    """Close the findings on a file."""
    return findings.report(
        document.path,
        level=level,
        images=len(document.tables["images"]),
        annotations=len(document.tables["annotations"]),
        categories=len(document.tables["categories"]),
    )


@dataclass(frozen=True, eq=False)
class View:
    """What is known of a file once it is checked.

    Attributes
    ----------
    tables : Tables
    columns : Columns
    forms : BoxForms
        How the boxes are written.
    files : list of (int, ImageFile)
        Row of an image, and its file; none where no image folder was given.
    crossing : ndarray of bool
        Which annotations have a polygon that crosses itself, as far as masks were looked at.
    swapped : dict of int to (int, int)
        The right sizes of images whose records are swapped, by row.
    swapped_runs : list of Swapped
        Annotations whose run lengths have the size of their image, swapped.
    """

    tables: Tables
    columns: Columns
    forms: BoxForms
    files: list[tuple[int, ImageFile]]
    crossing: Flags
    swapped: dict[int, Size]
    swapped_runs: list[Swapped]


@quietly
def look_into(
    document: Document,
    findings: Findings,
    *,
    images: str | Path | None,
    level: str,
    executor: Executor,
    progress: Progress = silent,
    exact: bool = False,
) -> View | None:
    """Check a file at all levels down to one; None at the level of the schema."""
    tables, annotations = _read(document, findings, level, progress)
    if annotations is None:
        return None
    columns = annotations.finish()
    rows = RowFindings(columns, tables, findings)
    swapped = check_swapped(annotations.swapped, columns, tables, findings)
    normalized = check_normalized(columns, rows)
    columns.sound[normalized] = False
    forms, wrong_boxes = check_boxes(columns, rows, tolerance=0 if exact else BEYOND_IMAGE)
    check_bare_areas(columns, rows, wrong_boxes=wrong_boxes | normalized)
    check_rectangles(columns, rows)
    no_mask = "a box alone cannot train or test masks"
    rows.add("segmentation-missing", columns.kind == 0, "", lambda row: no_mask)
    check_repeated(document, columns, tables, findings)
    annotations.keypoints.finish()
    check_crowds(columns, findings)
    check_crowdless(annotations.crowdless, len(columns), findings)
    check_images(columns, tables, annotations.broken_images, findings)
    check_categories(columns, tables, annotations.broken_categories, findings)
    files: list[tuple[int, ImageFile]] = []
    crossing = np.zeros(len(columns), np.bool_)
    if level == "pixels":
        folder = None if images is None else str(images)
        crossing, files = look(document, tables, columns, folder, executor, progress)
        check_drawn(columns, crossing, rows, findings)
        check_masks(columns, rows, wrong_boxes=wrong_boxes, exact=exact)
        check_mask_areas(columns, rows, exact=exact)
        _check_images(images, tables, columns, annotations, files, findings)
    return View(tables, columns, forms, files, crossing, swapped, annotations.swapped)


def _check_images(
    images: str | Path | None,
    tables: Tables,
    columns: Columns,
    annotations: Annotations,
    files: list[tuple[int, ImageFile]],
    findings: Findings,
) -> None:
    if images is None:
        findings.notes.append("image files were not looked at: no image folder was given")
        return
    counts = np.bincount(columns.image[columns.image >= 0], minlength=len(tables.sizes))
    for row in annotations.broken_images:
        counts[row] += 1
    check_files(place(images), tables, files, counts.tolist(), findings)


def _read(
    document: Document, findings: Findings, level: str, progress: Progress
) -> tuple[Tables, Annotations | None]:
    """Check all records one by one."""
    if document.has_mark:
        text = "many JSON readers stop at it; write the file as UTF-8 without a mark"
        findings.add("byte-order-mark", "$", text)
    for problem in document_problems(document):
        findings.add(problem.rule, problem.where, problem.message)
    references = level != "schema"
    tables = read_tables(document, findings, references=references)
    total = len(document.tables["annotations"])
    annotations = Annotations(tables, document.is_list, findings, total, masks=level == "pixels")
    title = f"checking {PurePath(document.path).name}"
    batches = sound_batches(document, "annotations", findings, tables.subject_of)
    for positions, records, broken in progress(title, batches, total, _records_in):
        if references:
            annotations.add(positions, records)
            annotations.add_broken(broken)
    if document.hides_members:
        findings.add("duplicate-key", "$", "a key occurs more than once; the last counts")
    return tables, annotations if references else None


def _records_in(batch: Batch) -> int:
    _, sound, broken = batch
    return len(sound) + len(broken)
