"""Texts that stand in a file or in memory, by number: read when somebody asks for them."""

from __future__ import annotations

import os
import platform
import weakref
from collections.abc import Iterable
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.node import refuse_unseen
from cocosynth.core.watched import changed

NULL = msgspec.Raw(b"null")

Ints = NDArray[np.int64]


class Place(Protocol):
    """Where texts stand."""

    def read(self, starts: list[int], lengths: list[int]) -> Iterable[bytes]: ...


class Memory(NamedTuple):
    """Texts in memory, one after the other."""

    content: bytes | bytearray

    def read(self, starts: list[int], lengths: list[int]) -> Iterable[bytes]:
        for start, length in zip(starts, lengths, strict=True):
            yield bytes(memoryview(self.content)[start : start + length])


class TextFile:
    """A file that stays open, and must stay as it is; another process opens it by its path."""

    def __init__(self, path: str | Path) -> None:
        self._path = str(path)
        self._file = os.open(files.local(path), os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self.state = _state(os.fstat(self._file))

    def __reduce__(self) -> Any:
        return _Elsewhere, (self._path, self.state, platform.node())

    def is_at(self, path: str | Path) -> bool:
        """Say whether this is still the file that stands there, as it was."""
        return _state(files.local(path).stat()) == self.state

    def read(self, starts: list[int], lengths: list[int]) -> Iterable[bytes]:
        if _state(os.fstat(self._file)) != self.state:
            raise changed(self._path)
        return map(os.pread, repeat(self._file), lengths, starts)


class _Elsewhere(NamedTuple):
    """The file as another process has it: opened when it is read."""

    path: str
    state: tuple[int, ...]
    machine: str

    def read(self, starts: list[int], lengths: list[int]) -> Iterable[bytes]:
        try:
            file = TextFile(self.path)
        except OSError:
            refuse_unseen(self.path)
            raise changed(self.path) from None
        length = slice(2, 3)  # all that machines have in common of a file that they share
        same = slice(None) if platform.node() == self.machine else length
        if file.state[same] != self.state[same]:
            raise changed(self.path)
        return list(file.read(starts, lengths))


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class Texts(NamedTuple):
    """Texts by number; one of no length is ``null``."""

    starts: Ints
    lengths: NDArray[np.int32]
    place: Place

    @classmethod
    def of(cls, texts: Iterable[msgspec.Raw]) -> Texts:
        """Keep texts in memory."""
        content, lengths = bytearray(), []
        for text in texts:
            shown = b"" if text == NULL else bytes(text)
            content += shown
            lengths.append(len(shown))
        counts = np.array(lengths, dtype=np.int32)
        return cls(np.cumsum(counts, dtype=np.int64) - counts, counts, Memory(content))

    def some(self, rows: Any) -> list[msgspec.Raw]:
        lengths = self.lengths[rows]
        if not lengths.any():
            return [NULL] * len(lengths)
        texts = self.place.read(self.starts[rows].tolist(), lengths.tolist())
        return [msgspec.Raw(text) if text else NULL for text in texts]

    def chosen(self, rows: Any) -> Texts:
        """Return some of the texts, of which another process is sent no others."""
        kept = self._replace(starts=self.starts[rows], lengths=self.lengths[rows])
        return Texts.of(kept.near()) if isinstance(self.place, Memory) else kept

    def near(self) -> list[msgspec.Raw]:
        """Return all, read at once, with what stands between them."""
        if not self.lengths.any():
            return [NULL] * len(self.lengths)
        stops = self.starts + self.lengths
        there = self.lengths > 0
        first = int(self.starts[there].min())
        (content,) = self.place.read([first], [int(stops[there].max()) - first])
        pairs = zip((self.starts - first).tolist(), (stops - first).tolist(), strict=True)
        return [msgspec.Raw(content[start:stop]) if stop > start else NULL for start, stop in pairs]
