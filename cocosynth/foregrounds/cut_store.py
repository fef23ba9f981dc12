"""What may be cut out late, on disk: a worker reads that of the photos that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.foregrounds.bank import Bank
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.cuts import Cut, PhotoCuts


class CutStore:
    """The cuts of some photos on disk: a worker reads those that it needs.

    Parameters
    ----------
    path : Path
    photos : ndarray of int, shape (n,)
        Their numbers, in order.
    stops : ndarray of int, shape (n,)
        Where the cuts of each end in the file.
    """

    def __init__(self, path: Path, photos: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        self._path, self._photos, self._stops = path, photos, stops
        self._content: NDArray[np.uint8] | None = None

    def __reduce__(self) -> Any:
        return CutStore, (self._path, self._photos, self._stops)

    def read(self, photo: int, annotation_id: int) -> Cut:
        """Return the cut of an annotation."""
        if self._content is None:
            self._content = files.mapped(self._path)
        place = int(np.searchsorted(self._photos, photo))
        start, stop = self._stops[place - 1] if place else 0, self._stops[place]
        kept = msgspec.json.decode(self._content[start:stop].tobytes(), type=PhotoCuts)
        found = (cut for cut in kept if cut.annotation and cut.annotation.id == annotation_id)
        return next(found)


def store_cuts(path: Path, cuts: Mapping[int, Sequence[Cut]]) -> CutStore:
    """Write the cuts of some photos to a file; nobody may change it while it is in use."""
    photos, stops = sorted(cuts), []
    with files.atomic(path) as stream:
        for photo in photos:
            stream.write(msgspec.json.encode(PhotoCuts.of(cuts[photo])))
            stops.append(stream.tell())
    return CutStore(path, np.array(photos, dtype=np.int64), np.array(stops, dtype=np.int64))


def cuts_of(catalogue: Catalogue, bank: Bank, numbers: NDArray[np.intp]) -> Mapping[int, list[Cut]]:
    """Return the cuts of some instances of a bank, by photo and in order."""
    entries = bank.entries[["photo", "annotation_id"]][numbers]
    ids: dict[int, set[int]] = {}
    for photo, annotation_id in entries.tolist():
        ids.setdefault(photo, set()).add(annotation_id)
    return _Some(catalogue.cuts, ids)


class _Some(Mapping[int, list[Cut]]):
    """The cuts of some annotations, made when they are asked for."""

    def __init__(self, cuts: Mapping[int, list[Cut]], ids: Mapping[int, set[int]]) -> None:
        self._cuts, self._ids = cuts, ids

    def __getitem__(self, photo: int) -> list[Cut]:
        wanted = self._ids[photo]
        return [c for c in self._cuts[photo] if c.annotation and c.annotation.id in wanted]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
