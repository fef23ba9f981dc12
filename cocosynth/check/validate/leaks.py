"""Pictures that two annotation files share: what is trained on must not be tested on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cocosynth.check.pictures.contents import Images
from cocosynth.check.pictures.near import NearImages, near_images
from cocosynth.check.pictures.overlap import Overlap, shared
from cocosynth.check.pictures.photographs import sources_of_images
from cocosynth.check.validate.findings import Findings, Subject
from cocosynth.check.validate.report import Report
from cocosynth.check.validate.tables import Tables, read_tables
from cocosynth.coco.document import Document
from cocosynth.coco.image_paths import ImagePaths
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent
from cocosynth.core.urls import place

Folders = Sequence[str | Path | None] | str | Path | None


def validate_split(paths: Sequence[str | Path], *, images: Folders = None) -> Report:
    """Look for pictures that more than one annotation file shows.

    Such a picture is an image, or a photograph that images composed by `build` are made of. With
    image folders, files with the same bytes are found whatever their names, and photographs by
    the sha256 that the manifest or the records have. Where the bytes of one of two are not known,
    their names are compared, and equal names in different folders need not mean the same image.

    Parameters
    ----------
    paths : sequence of str or Path
        The annotation files, two or more.
    images : str or Path or sequence of (str or Path or None), optional
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
    documents = [Document(path, on_disk=True) for path in paths]
    folders = _folders(images, len(documents))
    tables = [read_tables(document, Findings(), references=False) for document in documents]
    files = [_images(*each) for each in zip(documents, tables, folders, strict=True)]
    findings = Findings()
    findings.notes += _notes(files, folders)
    positions = {id(each): found.positions for each, found in zip(files, tables, strict=True)}
    for each, overlaps in zip(files, shared(files), strict=True):
        for overlap in overlaps:
            name, at = each.names[overlap.position], positions[id(each)][overlap.position]
            rule, text = _problem(overlap, positions[id(overlap.file)][overlap.at])
            findings.add(rule, f"{each.path}: $.images[{at}]", text, Subject(name))
    totals = [sum(len(document.tables[name]) for document in documents)
              for name in ("images", "annotations", "categories")]  # fmt: skip
    return findings.report(
        ", ".join(document.path for document in documents),
        level="splits", images=totals[0], annotations=totals[1], categories=totals[2],
    )  # fmt: skip


def find_near(
    paths: Sequence[str | Path],
    *,
    images: Folders,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> NearImages:
    """List images that look alike: of two annotation files each, or of one where one is given.

    Nothing is said to be wrong: whether two images show the same is for a person to judge.

    Parameters
    ----------
    paths : sequence of str or Path
    images : str or Path or sequence of (str or Path or None)
        The image folder of all files, or one for each; without a folder there is nothing to see.
    executor : Executor, optional
        Where images are looked at; in this process by default.
    progress : Progress, optional
        Sees the images pass by.

    Raises
    ------
    CocosynthError
        If a file cannot be read, the folders do not match the files, or the package imagehash is
        not installed.
    """
    folders = _folders(images, len(paths))
    documents = map(Document, paths)
    files = [
        _images(document, read_tables(document, Findings(), references=False), folder)
        for document, folder in zip(documents, folders, strict=True)
    ]
    return near_images(files, executor=executor or Serial(), progress=progress)


def _folders(images: Folders, count: int) -> list[Path | None]:
    given = [images] * count if images is None or isinstance(images, (str, Path)) else list(images)
    if len(given) != count:
        raise CocosynthError(f"images: give one folder, or one for each of the {count} files")
    for folder in given:
        if folder is not None and not files.is_folder(folder):
            raise CocosynthError(f"{folder}: no such folder; give the one file names start from")
    return [None if folder is None else place(folder) for folder in given]


def _images(document: Document, tables: Tables, folder: Path | None) -> Images:
    sources = sources_of_images(document)
    return Images(
        document.path,
        tables.file_names,
        [None] * len(tables.file_names) if folder is None else _files(folder, tables.file_names),
        [sources[position] for position in tables.positions],
    )


def _files(folder: Path, names: Sequence[str]) -> list[str | None]:
    paths = ImagePaths(folder, names)

    def file(name: str) -> str | None:
        try:
            path = paths.path(name)
        except UnusableError:
            return None
        return path if files.is_file(path) else None

    return [file(name) for name in names]


def _notes(files: Sequence[Images], folders: Sequence[Path | None]) -> Iterator[str]:
    if not any(folders):
        yield "images were compared by file name only: no image folder was given"
    for images, folder in zip(files, folders, strict=True):
        missing = images.files.count(None)
        if any(folders) and missing:
            why = f"have no file in {folder}" if folder else "were given no folder"
            yield f"{images.path}: {missing} images {why}; only their names were compared"
        yield from images.unhashed_note()


def _problem(overlap: Overlap, at: int) -> tuple[str, str]:
    """Return the rule that an overlap breaks, and what there is to say."""
    mine, other, there = overlap.picture, overlap.other, f"$.images[{at}] of {overlap.file.path}"
    what = f"is made of {mine.name!r}, which has" if mine.is_source else "has"
    shown = f"{other.name!r}, of which {there} is made" if other.is_source else there
    text = f"{what} the {overlap.same} of {shown}"
    if overlap.only_sources:
        return "split-shared-photograph", text
    return "split-leakage" if overlap.same == "bytes" else "split-shared-name", text
