"""The annotations of a COCO file in columns; the texts of their masks stay in the file.

A million of them are 50 MB in memory, however long their outlines are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, overload

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from cocosynth.coco.texts import NULL, TextFile, Texts

OwnId = Annotated[int, Meta(ge=0, le=2**53 - 1)]
CAPTION = b'"caption"'

_BATCH = 1000  # records made at a time
_HEAD = 16  # bytes of a text that it is looked for by

Ints = NDArray[np.int64]


class AnnotationRecord(msgspec.Struct, frozen=True, gc=False):
    """An annotation; `segmentation` and `keypoints` are their JSON text."""

    id: OwnId
    image_id: int
    category_id: int
    segmentation: msgspec.Raw = NULL
    iscrowd: Annotated[int, Meta(ge=0, le=1)] = 0
    keypoints: msgspec.Raw = NULL


_FARTHEST = 2**62  # beyond all ids that may be; no reference that is larger leads anywhere

_decoder = msgspec.json.Decoder(list[AnnotationRecord])


class AnnotationTable(Sequence[AnnotationRecord]):
    """The annotations of a file.

    Attributes
    ----------
    ids, image_ids, category_ids : ndarray of int64
    crowds : ndarray of bool
    segmentations, keypoints : Texts
    """

    def __init__(
        self,
        ids: Ints,
        image_ids: Ints,
        category_ids: Ints,
        crowds: NDArray[np.bool_],
        segmentations: Texts,
        keypoints: Texts,
    ) -> None:
        self.ids, self.image_ids, self.category_ids = ids, image_ids, category_ids
        self.crowds, self.segmentations, self.keypoints = crowds, segmentations, keypoints

    @classmethod
    def of(cls, records: Sequence[AnnotationRecord]) -> AnnotationTable:
        """Put records into columns, their texts in memory."""
        return cls(
            *_columns(records),
            Texts.of(one.segmentation for one in records),
            Texts.of(one.keypoints for one in records),
        )

    def with_keypoints(self, keypoints: Iterable[msgspec.Raw]) -> AnnotationTable:
        """Return the same annotations with other keypoints."""
        columns = self.ids, self.image_ids, self.category_ids, self.crowds
        return AnnotationTable(*columns, self.segmentations, Texts.of(keypoints))

    def without_keypoints(self, rows: NDArray[np.bool_]) -> AnnotationTable:
        """Return the same annotations, some of them without keypoints."""
        lengths = np.where(rows, np.int32(0), self.keypoints.lengths)
        columns = self.ids, self.image_ids, self.category_ids, self.crowds
        keypoints = self.keypoints._replace(lengths=lengths)
        return AnnotationTable(*columns, self.segmentations, keypoints)

    def chosen(self, rows: Ints) -> AnnotationTable:
        """Return some of the annotations, without their texts where these stand in a file."""
        columns = self.ids[rows], self.image_ids[rows], self.category_ids[rows], self.crowds[rows]
        return AnnotationTable(
            *columns, self.segmentations.chosen(rows), self.keypoints.chosen(rows)
        )

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, row: int) -> AnnotationRecord: ...
    @overload
    def __getitem__(self, row: slice) -> list[AnnotationRecord]: ...
    def __getitem__(self, row: int | slice) -> AnnotationRecord | list[AnnotationRecord]:
        rows = np.arange(len(self))[row]
        return self.some(rows) if isinstance(row, slice) else self.some(rows[None])[0]

    def __iter__(self) -> Iterator[AnnotationRecord]:
        for start in range(0, len(self), _BATCH):
            yield from self[start : start + _BATCH]

    def some(self, rows: Ints) -> list[AnnotationRecord]:
        """Return the records of some rows."""
        columns = self.ids, self.image_ids, self.category_ids
        found = zip(
            *(column[rows].tolist() for column in columns),
            self.segmentations.some(rows),
            self.crowds[rows].astype(np.int64).tolist(),
            self.keypoints.some(rows),
            strict=True,
        )
        return [AnnotationRecord(*values) for values in found]


class Annotations(Sequence[AnnotationRecord]):
    """Some annotations of a table, made when they are asked for."""

    def __init__(self, table: AnnotationTable, rows: Ints) -> None:
        self._table, self._rows = table, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> AnnotationRecord: ...
    @overload
    def __getitem__(self, row: slice) -> list[AnnotationRecord]: ...
    def __getitem__(self, row: int | slice) -> AnnotationRecord | list[AnnotationRecord]:
        if isinstance(row, slice):
            return self._table.some(self._rows[row])
        return self._table[int(self._rows[row])]

    def __iter__(self) -> Iterator[AnnotationRecord]:
        return iter(self._table.some(self._rows))


class AnnotationReader:
    """Takes up the annotations of a file, piece by piece.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    first : bytes
        The first record; empty where there is none.
    """

    def __init__(self, path: str | Path) -> None:
        self._place = TextFile(path)
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self.first = b""

    def take(self, piece: bytes, at: int) -> None:
        """Take up the records of a piece of the file that begins at a place.

        Raises
        ------
        ValueError
            If it holds something else.
        """
        if CAPTION in piece:
            raise ValueError("captions are read in another way")
        records = _decoder.decode(b"[%b]" % piece)
        poses = [bytes(one.keypoints) for one in records] if b"keypoints" in piece else []
        none = np.zeros(len(records), dtype=np.int64)
        if records and not self._parts:
            self.first = bytes(msgspec.json.decode(b"[%b]" % piece, type=list[msgspec.Raw])[0])
        self._parts.append(
            (
                *_columns(records),
                *_places(piece, at, [bytes(one.segmentation) for one in records]),
                *(_places(piece, at, poses) if poses else (none, none.astype(np.int32))),
            )
        )

    def table(self, path: str | Path) -> AnnotationTable | None:
        """Return what was taken up; None if the file has changed meanwhile."""
        if not self._place.is_at(path):
            return None
        ids, image_ids, category_ids = (self._column(number, np.int64) for number in range(3))
        segmentations, keypoints = (
            Texts(self._column(n, np.int64), self._column(n + 1, np.int32), self._place)
            for n in (4, 6)
        )
        columns = ids, image_ids, category_ids, self._column(3, np.bool_)
        return AnnotationTable(*columns, segmentations, keypoints)

    def _column(self, number: int, kind: Any) -> NDArray[Any]:
        return np.concatenate([np.zeros(0, kind), *(part[number] for part in self._parts)])


def _columns(records: Sequence[AnnotationRecord]) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:
    return (
        _integers([one.id for one in records]),
        _integers([one.image_id for one in records]),
        _integers([one.category_id for one in records]),
        np.array([one.iscrowd for one in records], dtype=np.bool_),
    )


def _integers(values: list[int]) -> Ints:
    try:
        return np.array(values, dtype=np.int64)
    except OverflowError:
        return np.array([max(-_FARTHEST, min(one, _FARTHEST)) for one in values], dtype=np.int64)


def _places(piece: bytes, at: int, texts: Iterable[bytes]) -> tuple[Ints, NDArray[np.int32]]:
    """Return where texts stand in a file, and their lengths; they come in order."""
    starts, lengths, stop = [], [], 0
    for text in texts:
        start, length = stop, len(text)
        if text == b"null":
            length = 0
        elif not piece.startswith(text, start := piece.find(text[:_HEAD], stop)):
            start = piece.index(text, start + 1)
        starts.append(start)
        lengths.append(length)
        stop = start + length
    return np.array(starts, dtype=np.int64) + at, np.array(lengths, dtype=np.int32)
