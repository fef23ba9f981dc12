"""Write a fixed copy of a COCO file: only what has one right answer, every change listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cocosynth.check.fix.edits import Change, Edits
from cocosynth.check.fix.file_names import fix_file_names
from cocosynth.check.fix.numbers import fix_numbers
from cocosynth.check.fix.records import ANNOTATION_RULES, fix_annotations, fix_small_tables
from cocosynth.check.fix.rescale import rescale as rescale_annotations
from cocosynth.check.fix.sizes import fix_run_length_sizes, fix_sizes
from cocosynth.check.pictures.photographs import keep_hashes
from cocosynth.check.validate.boxes import is_whole_image
from cocosynth.check.validate.columns import quietly
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.repeated import duplicates
from cocosynth.check.validate.validate import View, look_into
from cocosynth.coco.document import Document
from cocosynth.coco.table_writer import Style, table_file
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent
from cocosynth.core.urls import place

_STYLE = Style(opening=b"{\n", colon=b": ", nothing=b"", closing=b"\n}\n", ascii=False)


@quietly
def fix(
    path: str | Path,
    out: str | Path,
    *,
    images: str | Path | None = None,
    rescale: bool = False,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> list[Change]:
    """Write a fixed copy of a COCO file.

    Only what has one right answer, proven from the file and its images, is changed; everything else
    is left for a person to decide. `docs/validate.md` has the list. Records without a change are
    copied byte for byte.

    Parameters
    ----------
    path : str or Path
        The file as it is.
    out : str or Path
        Where the copy goes; not `path`.
    images : str or Path, optional
        The folder that `file_name` is relative to.
    rescale : bool
        Scale the annotations of images whose files are resized, by the factor of each.
    executor : Executor, optional
        Where images and masks are looked at; in this process by default.
    progress : Progress, optional
        Sees annotations and images pass by.

    Returns
    -------
    list of Change

    Raises
    ------
    CocosynthError
        If the file cannot be read or written, or `out` is `path`.
    """
    if place(out).resolve() == place(path).resolve():
        raise CocosynthError(f"{out}: would overwrite the file to fix; give another one")
    if rescale and images is None:
        raise CocosynthError("--rescale: needs the image files; give their folder as --images")
    document = Document(path)
    if document.hides_members:
        raise CocosynthError(f"{path}: a key of the file occurs twice; remove the one not meant")
    edits = Edits(document)
    if document.has_mark:
        edits.note("byte-order-mark", "$", "removed")
    fix_small_tables(document, edits)
    view = _fixed_records(_Look(document, images, executor or Serial(), progress), edits, rescale)
    fix_file_names(view, edits)
    fix_numbers(document, view, edits)
    _remove_duplicates(document, view, edits)
    keep_hashes(document)
    _write(document, edits, out)
    return edits.changes


class _Look:
    """Checks a document as it is now."""

    def __init__(
        self,
        document: Document,
        images: str | Path | None,
        executor: Executor,
        progress: Progress,
    ) -> None:
        self.document = document
        self._images, self._executor, self._progress = images, executor, progress

    def __call__(self) -> tuple[Findings, View]:
        findings = Findings()
        view = look_into(
            self.document, findings, images=self._images, level="pixels",
            executor=self._executor, progress=self._progress,
        )  # fmt: skip
        assert view is not None  # below the level of the schema there always is one
        return findings, view


def _fixed_records(look: _Look, edits: Edits, rescale: bool) -> View:
    """Fix what stands in the way of looking at boxes and areas; return what is then seen."""
    findings, view = look()
    if ANNOTATION_RULES & findings.counts.keys():
        fix_annotations(look.document, edits)
        _, view = look()
    changed = fix_run_length_sizes(view.swapped_runs, view, edits)
    changed |= fix_sizes(view, edits)
    if rescale:
        changed |= rescale_annotations(look.document, view, edits)
    return look()[1] if changed else view


def _remove_duplicates(document: Document, view: View, edits: Edits) -> None:
    """Remove annotations that repeat an earlier one."""
    columns = view.columns
    key = np.concatenate((columns.image[:, None], columns.category[:, None], columns.boxes), axis=1)
    columns.key = np.array([hash(tuple(row)) for row in key.tolist()], dtype=np.int64)
    for row, earlier in duplicates(document, columns):
        if columns.kind[row] == 0 and is_whole_image(columns)[row]:
            continue  # a box that says nothing is that of two objects as well
        where = f"$.annotations[{columns.position[earlier]}]"
        text = f"annotation {columns.ids[row]} removed: it repeats {where}"
        position = int(columns.position[row])
        edits.remove("annotations", position, "duplicate-annotation", text)


def _write(document: Document, edits: Edits, out: str | Path) -> None:
    """Write all members in their order, unchanged records byte for byte."""
    with table_file(out, _STYLE) as file:
        for name, raw in document.members.items():
            if document.is_table(name):
                file.write_table(name, edits.records(name))
            else:
                file.member(name, raw)
