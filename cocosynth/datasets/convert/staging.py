"""The folder of a conversion: as it was until all is written, then new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from cocosynth.core import files, links
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError
from cocosynth.core.locks import Note, locked

RECORD = "conversion.json"
"""Says that a conversion is whole, and which entries of the folder are its own."""

_WORK = ".convert"


class ConvertedFile(msgspec.Struct, frozen=True):
    """A COCO file that became a split."""

    file: str
    sha256: str
    split: str
    images: int
    annotations: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``conversion.json``.

    Attributes
    ----------
    entries : list of str
        The names of all files and folders of the conversion beside this one.
    """

    generator: Literal["cocosynth convert"] = "cocosynth convert"
    version: str
    formats: list[str]
    sources: list[ConvertedFile]
    skipped: list[str]
    entries: list[str] = []


@contextmanager
def staged(out: Path, *, overwrite: bool, note: Note) -> Iterator[Path]:
    """Give a folder to write into; on success what it holds replaces what was in `out`.

    Raises
    ------
    CocosynthError
        If `out` holds what is not ours, or what was not to be replaced, or is in use.
    """
    files.refuse_impossible(out)
    if out.exists() and not out.is_dir():
        raise CocosynthError(f"{out}: is a file; name a folder")
    work = out / _WORK
    links.refuse_links(work)
    earlier = _earlier(out, overwrite=overwrite)
    fresh = not out.exists()
    files.make_folder(work)
    with locked(work / "lock", busy=f"{out}: another conversion writes to it", note=note):
        stage = work / "dataset"
        files.remove(stage)
        files.make_folder(stage)
        try:
            yield stage
            _put_in_place(stage, out, earlier)
        finally:
            files.remove(work)
            if fresh and not any(out.iterdir()):
                out.rmdir()


def finished(stage: Path, record: Record) -> None:
    """Write down that all is there."""
    names = sorted(entry.name for entry in stage.iterdir())
    record = msgspec.structs.replace(record, entries=names)
    text = msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
    files.write_atomic(stage / RECORD, text)


def _earlier(out: Path, *, overwrite: bool) -> list[str]:
    """Return the entries of an earlier conversion, which are to be replaced."""
    there = {entry.name for entry in out.iterdir()} - {_WORK} if out.exists() else set()
    if not there:
        return []
    if RECORD not in there:
        raise CocosynthError(f"{out}: is not empty and no conversion of ours; take another")
    if not overwrite:
        raise CocosynthError(f"{out}: holds a conversion; --overwrite replaces it")
    path = out / RECORD
    record = decode_as(files.read_bytes(path), Record, what=f"{path}: not a conversion of ours")
    owned = {*record.entries, RECORD}
    strangers = there - owned
    if strangers or any(name in (".", "..") or {*name} & {*"/\\"} for name in owned):
        name = min(strangers or owned)
        raise CocosynthError(f"{out}: {name!r} is not of the conversion there; move it away")
    return [RECORD, *record.entries]


def _put_in_place(stage: Path, out: Path, earlier: list[str]) -> None:
    """Replace what was there; the record, first to go and last to come, says that all is whole."""
    for name in earlier:
        files.remove(out / name)
    entries = sorted(entry for entry in stage.iterdir() if entry.name != RECORD)
    for entry in (*entries, stage / RECORD):
        entry.replace(out / entry.name)
