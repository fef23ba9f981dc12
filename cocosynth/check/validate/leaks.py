"""Images that two annotation files share: what is trained on must not be tested on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.report import Report
from cocosynth.check.validate.tables import Tables, read_tables
from cocosynth.coco.document import Document
from cocosynth.core import identity
from cocosynth.core.errors import CocosynthError


class Split(NamedTuple):
    """The images of one file."""

    path: str
    tables: Tables
    folder: Path | None


def validate_split(
    paths: Sequence[str | Path], *, images: Sequence[str | Path] | str | Path | None = None
) -> Report:
    """Look for images that more than one annotation file holds.

    With image folders, files with the same bytes are found whatever their names. Without, only
    names can be compared, and equal names in different folders need not mean the same image.

    Parameters
    ----------
    paths : sequence of str or Path
        The annotation files, two or more.
    images : str or Path or sequence of them, optional
        The image folder of all files, or one for each.

    Returns
    -------
    Report
        Its level is "splits"; its counts are sums over all files.

    Raises
    ------
    CocosynthError
        If a file cannot be read, or the folders do not match the files.
    """
    documents = [Document(path) for path in paths]
    folders = _folders(images, len(documents))
    findings = Findings()
    splits = [
        Split(document.path, read_tables(document, Findings(), references=False), folder)
        for document, folder in zip(documents, folders, strict=True)
    ]
    if images is None:
        findings.notes.append("only file names were compared: no image folder was given")
        _compare_names(splits, findings)
    else:
        _compare_bytes(splits, findings)
    totals = [sum(len(document.tables[name]) for document in documents)
              for name in ("images", "annotations", "categories")]  # fmt: skip
    return findings.report(
        ", ".join(split.path for split in splits),
        level="splits", images=totals[0], annotations=totals[1], categories=totals[2],
    )  # fmt: skip


def _folders(images: Sequence[str | Path] | str | Path | None, count: int) -> list[Path | None]:
    if images is None:
        return [None] * count
    given = [images] * count if isinstance(images, (str, Path)) else list(images)
    if len(given) != count:
        raise CocosynthError(f"images: give one folder, or one for each of the {count} files")
    for folder in given:
        if not Path(folder).is_dir():
            raise CocosynthError(f"{folder}: no such folder; give the one file names start from")
    return [Path(folder) for folder in given]


def _compare_names(splits: list[Split], findings: Findings) -> None:
    first: dict[str, tuple[Split, int]] = {}
    for split in splits:
        for name, position in zip(split.tables.file_names, split.tables.positions, strict=True):
            other, at = first.setdefault(name, (split, position))
            if other is not split:
                where = f"{split.path}: $.images[{position}].file_name"
                text = f"{name!r} is listed by {other.path} too, as $.images[{at}]"
                findings.add("split-shared-name", where, text, Subject(name))


def _compare_bytes(splits: list[Split], findings: Findings) -> None:
    lengths: dict[int, list[tuple[Split, int, Path]]] = {}
    missing = 0
    for split in splits:
        assert split.folder is not None
        for name, position in zip(split.tables.file_names, split.tables.positions, strict=True):
            length = _length(split.folder / name)
            missing += length is None
            if length is not None:
                lengths.setdefault(length, []).append((split, position, split.folder / name))
    if missing:
        findings.notes.append(f"{missing} images were not compared: their files are missing")
    for group in lengths.values():
        if any(split is not group[0][0] for split, _, _ in group):
            _compare_group(group, findings)


def _length(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def _compare_group(group: list[tuple[Split, int, Path]], findings: Findings) -> None:
    first: dict[str, tuple[Split, int, Path]] = {}
    for split, position, path in group:
        other, at, _ = first.setdefault(identity.sha256(path), (split, position, path))
        if other is not split:
            where = f"{split.path}: $.images[{position}]"
            text = f"{path.name!r} has the bytes of $.images[{at}] of {other.path}"
            findings.add("split-leakage", where, text, Subject(path.name))
