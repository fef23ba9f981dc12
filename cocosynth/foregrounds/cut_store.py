"""What may be cut out late, on disk: a worker reads that of the photos that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.records import AnnotationRecord
from cocosynth.core import files
from cocosynth.foregrounds.bank import Bank
from cocosynth.sources.catalogue import Catalogue, Cut


class PhotoCuts(msgspec.Struct, array_like=True):
    """What is to be cut out of a photo, as it is written down: each annotation once."""

    cuts: list[Cut]  # without an annotation where it is one of those beside it
    places: list[int]  # of the annotation among those, or -1
    beside: tuple[AnnotationRecord, ...]

    @classmethod
    def of(cls, cuts: Sequence[Cut]) -> PhotoCuts:
        beside = cuts[0].beside
        at = {id(annotation): place for place, annotation in enumerate(beside)}
        places = [at.get(id(cut.annotation), -1) for cut in cuts]
        own = [
            msgspec.structs.replace(
                cut, beside=(), annotation=None if place >= 0 else cut.annotation
            )
            for cut, place in zip(cuts, places, strict=True)
        ]
        return cls(own, places, beside)

    def all(self) -> list[Cut]:
        """Return the cuts, as they were."""
        return [
            msgspec.structs.replace(
                cut,
                annotation=self.beside[place] if place >= 0 else cut.annotation,
                beside=self.beside,
            )
            for cut, place in zip(self.cuts, self.places, strict=True)
        ]


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
        found = (cut for cut in kept.all() if cut.annotation and cut.annotation.id == annotation_id)
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
