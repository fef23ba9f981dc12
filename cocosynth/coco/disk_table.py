"""The records of a list in a file, where they lie."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import overload

import msgspec

from cocosynth.coco.brackets import Places
from cocosynth.core.errors import CocosynthError
from cocosynth.core.files import why


class DiskTable(Sequence[msgspec.Raw]):
    """The records of a list in a file, undecoded; each is read when it is asked for.

    Parameters
    ----------
    file : int or Path
        A descriptor, whose file stays open as long as this does; the path of one among so many that
        they cannot all be open.
    starts, stops : ndarray of int64
        Where each record begins and ends.
    """

    def __init__(self, file: int | Path, starts: Places, stops: Places) -> None:
        self._file = os.dup(file) if isinstance(file, int) else file
        if isinstance(self._file, int):
            weakref.finalize(self, os.close, self._file)
        self._starts, self._stops = starts, stops

    def _read(self, length: int, start: int) -> bytes:
        if isinstance(self._file, int):
            return os.pread(self._file, length, start)
        try:
            with self._file.open("rb", buffering=0) as stream:
                return os.pread(stream.fileno(), length, start)
        except OSError as error:
            raise CocosynthError(f"{self._file}: cannot be read: {why(error)}") from None

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, position: int) -> msgspec.Raw: ...
    @overload
    def __getitem__(self, position: slice) -> list[msgspec.Raw]: ...
    def __getitem__(self, position: int | slice) -> msgspec.Raw | list[msgspec.Raw]:
        if not isinstance(position, slice):
            start, stop = int(self._starts[position]), int(self._stops[position])
            return msgspec.Raw(self._read(stop - start, start))
        starts, stops = self._starts[position].tolist(), self._stops[position].tolist()
        if position.step not in (None, 1):
            return [self[row] for row in range(*position.indices(len(self)))]
        first = starts[0] if starts else 0
        text = self._read(stops[-1] - first, first) if starts else b""
        pairs = zip(starts, stops, strict=True)
        return [msgspec.Raw(text[start - first : stop - first]) for start, stop in pairs]
