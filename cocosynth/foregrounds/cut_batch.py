"""What cutting a batch of photographs gave, and the file that says it: each byte is checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files, identity
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import CocosynthError
from cocosynth.core.notes import Note
from cocosynth.core.skipped import SkippedRow
from cocosynth.foregrounds.bank import ENTRY, entry_file, part_file

DIGEST = 32
"""Bytes of a sha256 at the end of the file."""


Hashes = dict[int, dict[str, str]]
"""The sha256 of the files of each photo, by its number, as they were read."""


@dataclass(frozen=True, eq=False)
class CutBatch:
    """What became of a batch: how many photos were looked at, and the entries they gave."""

    photos: int
    entries: NDArray[Any]
    skipped: list[SkippedRow]
    notes: list[Note]
    hashes: Hashes
    unusable: list[SkippedRow] = field(default_factory=list)  # by category, see `Catalogue`

    def encoded(self, part: str) -> bytes:
        """Return what is written down, with the sha256 of the part and that of all before it."""
        saved = _Saved(
            self.photos,
            self.entries.tobytes(),
            self.skipped,
            self.notes,
            self.hashes,
            self.unusable,
            part,
        )
        content = msgspec.msgpack.encode(saved)
        return content + hashlib.sha256(content).digest()


class _Saved(msgspec.Struct, array_like=True):
    """A batch on disk."""

    photos: int
    entries: bytes
    skipped: list[SkippedRow]
    notes: list[Note]
    hashes: Hashes
    unusable: list[SkippedRow]
    part: str  # sha256 of its pixels


def read_batch(folder: Path, number: int) -> CutBatch | None:
    """Return a batch that was cut out before, its bytes checked; None if it is not whole."""
    try:
        content = files.read_bytes(entry_file(folder, number))
        content, digest = content[:-DIGEST], content[-DIGEST:]
        if hashlib.sha256(content).digest() != digest:
            return None
        saved = msgspec.msgpack.decode(content, type=_Saved)
        if identity.sha256(part_file(folder, number)) != saved.part:
            return None
        entries = np.frombuffer(saved.entries, dtype=ENTRY)
    except (CocosynthError, *UNREADABLE):
        return None
    return CutBatch(saved.photos, entries, saved.skipped, saved.notes, saved.hashes, saved.unusable)


class HashedFile:
    """A file that is written from its start on, and the sha256 of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self.digest.update(content)

    def tell(self) -> int:
        return self._file.tell()
