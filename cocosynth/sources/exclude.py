"""What a person does not want of a source: `exclude`, a list of its own or a file of ids."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cocosynth.core import files, identity
from cocosynth.core.errors import CocosynthError, one_line
from cocosynth.core.suggest import choices
from cocosynth.core.urls import at
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.credits_table import as_written
from cocosynth.sources.options import CocoForeground, FolderForeground

REASON = "instance that `exclude` names"


def excluded_ids(
    catalogue: Catalogue, source: CocoForeground, folder: Path, where: str, known: Iterable[int]
) -> set[int]:
    """Return the ids of the annotations that are not to be cut out.

    Parameters
    ----------
    catalogue : Catalogue
        Takes down what the file was.
    source : CocoForeground
    folder : Path
        What its paths are relative to.
    where : str
        Its place in the configuration.
    known : iterable of int
        The ids that there are.

    Raises
    ------
    CocosynthError
        If the file cannot be read, or an id is not there.
    """
    if not source.exclude:
        return set()
    if isinstance(source.exclude, str):
        words = _words(catalogue, source.exclude, at(folder, source.exclude), where)
        wanted = {_number(word, place) for place, word in words}
    else:
        wanted = set(source.exclude)
    for number in sorted(wanted - set(known)):
        raise CocosynthError(
            f"{where}.exclude: {source.coco} has no annotation {number}; take it out of the list"
        )
    return wanted


def excluded_names(
    catalogue: Catalogue, source: FolderForeground, folder: Path, where: str, known: Iterable[str]
) -> set[str]:
    """Return the names of the pictures that are not to be cut out, as the folder has them.

    Raises
    ------
    CocosynthError
        If the file cannot be read, or a picture is not there.
    """
    if not source.exclude:
        return set()
    if isinstance(source.exclude, str):
        lines = _lines(catalogue, source.exclude, at(folder, source.exclude), where)
        wanted = {line for _, line in lines}
    else:
        wanted = set(source.exclude)
    there = {as_written(name): name for name in known}
    for name in sorted(wanted):
        if as_written(name) not in there:
            raise CocosynthError(
                f"{where}.exclude: no picture {one_line(name)!r} in {source.folder}; "
                f"{choices(name, sorted(there)[:20])}"
            )
    return {there[as_written(name)] for name in wanted}


def _words(catalogue: Catalogue, name: str, path: Path, where: str) -> Iterable[tuple[str, str]]:
    """Yield the words of a file, commas between them or not, each with its place."""
    for place, line in _lines(catalogue, name, path, where):
        yield from ((place, word) for word in line.replace(",", " ").split())


def _lines(catalogue: Catalogue, name: str, path: Path, where: str) -> Iterable[tuple[str, str]]:
    """Yield the lines of a file that say something; what stands behind a # is a remark."""
    if not files.is_there(path):
        raise CocosynthError(f"{where}.exclude: {path}: there is no such file of ids")
    content = files.read_bytes(path, cached=True)
    catalogue.exclude_files[name] = identity.sha256(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CocosynthError(f"{path}: is not text in UTF-8; write one id a line") from None
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if said:
            yield f"{path}, line {number}", said


def _number(word: str, place: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 20):
        raise CocosynthError(
            f"{place}: expected the id of an annotation, got {one_line(word[:40])!r}"
        )
    return int(word)
