"""The tables of a COCO file where they lie: found piece by piece, read a batch at a time.

So a file of any number of records needs no more memory than the places of its records.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.brackets import Places, brackets
from cocosynth.coco.disk_table import DiskTable
from cocosynth.coco.duplicate_keys import hides_member
from cocosynth.coco.other_kinds import named_by_members
from cocosynth.core import files
from cocosynth.core.decoding import UNREADABLE

PIECE = 1 << 20
"""Bytes looked at a time; more where a record is longer."""

_ANNOTATIONS = re.compile(rb'"annotations"\s*:\s*\[\Z')
_AFTER_RECORD = re.compile(rb"[ \t\r\n]*,")


class OnDisk(NamedTuple):
    """A COCO file whose tables stay where they are.

    Attributes
    ----------
    members : dict of str to Raw
        What stands under each key; of a table, an empty list.
    tables : mapping of str to sequence of Raw
    """

    members: dict[str, msgspec.Raw]
    tables: Mapping[str, Sequence[msgspec.Raw]]


class _UnusualError(Exception):
    """The file is to be read as a whole, by what knows a text for each fault."""


class Takes(Protocol):
    """Takes up the annotations while they are looked for, so that nobody reads them twice."""

    @property
    def first(self) -> bytes: ...
    def take(self, piece: bytes, at: int) -> None: ...


def find_tables(
    path: str | Path,
    names: Sequence[str],
    *,
    stays_open: bool = True,
    annotations: Takes | None = None,
) -> OnDisk | None:
    """Find the records of the tables of a file, and check that all of it is JSON.

    Parameters
    ----------
    path : str or Path
    names : sequence of str
        Of the tables.
    stays_open : bool
        Whether the file is open until the tables are gone; else it is opened for each read.
    annotations : Takes, optional
        Is given the annotations; they are none of the tables then. It may refuse them as unusual.

    Returns
    -------
    OnDisk or None
        None where anything is unusual: no JSON object, a fault in it, a table with records that are
        no objects, one that is missing; and where the system cannot read at a place.
    """
    if not hasattr(os, "pread"):
        return None
    try:
        with files.local(path).open("rb") as stream:
            descriptor = stream.fileno()
            scan = _Scan(annotations)
            _look_at_all(scan, descriptor)
            return _named(scan, descriptor, None if stays_open else Path(path), names)
    except (*UNREADABLE, OSError, _UnusualError):
        return None


def _named(scan: _Scan, descriptor: int, path: Path | None, names: Sequence[str]) -> OnDisk:
    """Put what was found under its keys."""
    text = bytes(scan.skeleton)
    members = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    text.decode()
    hides, tables = hides_member(text, members), dict[str, DiskTable]()
    for name, raw in members.items():
        if not bytes(raw).startswith(b"["):
            continue
        found = scan.lists[msgspec.json.decode(raw, type=list[int])[0]]
        if scan.annotations and (found.takes is not None) != (name == "annotations"):
            raise _UnusualError  # a key that is written in another way
        if name in names:
            starts, stops = (np.concatenate([np.zeros(0, np.int64), *each])
                             for each in (found.starts, found.stops))  # fmt: skip
            tables[name] = DiskTable(path or descriptor, starts, stops)
            members[name] = msgspec.Raw(b"[]")
        else:
            members[name] = msgspec.Raw(os.pread(descriptor, found.stop - found.start, found.start))
    if hides or not {"images", "annotations", "categories"} <= tables.keys():
        raise _UnusualError
    taken = [scan.annotations.first] if scan.annotations else tables["annotations"][:1]
    first = b"[%b]" % b",".join(taken)
    if named_by_members(members | {"annotations": msgspec.Raw(first)}):
        raise _UnusualError
    return OnDisk(members, tables)


@dataclass
class _List:
    """A list that is a member of the file."""

    start: int
    takes: Takes | None
    stop: int = 0
    starts: list[Places] = field(default_factory=list)
    stops: list[Places] = field(default_factory=list)


@dataclass
class _Scan:
    """What was found so far.

    Attributes
    ----------
    skeleton : bytearray
        The file without what its lists hold: of each only its number in `lists`.
    """

    annotations: Takes | None
    skeleton: bytearray = field(default_factory=bytearray)
    lists: list[_List] = field(default_factory=list)
    within: bool = False  # a list

    def look_at(self, text: bytes, at: int, *, is_last: bool) -> int:
        """Look at text that begins outside of records; return how much of it is done with."""
        if self.within and (whole := self._whole_records(text, at)):
            return whole
        codes = np.frombuffer(text, np.uint8)
        depth = 2 if self.within else min(len(self.skeleton), 1)
        places, depths, opens = brackets(text, codes, depth)
        done = 0
        top = np.flatnonzero((depths <= 1) | (opens & (depths == 2)))
        for place in places[top].tolist():
            if self.within:
                if text[place] != _END:
                    raise _UnusualError
                self._add_records(text, codes, (done, place), at, (places, depths, opens))
                self.lists[-1].stop = at + place + 1
                self.skeleton += b"%d]" % (len(self.lists) - 1)
                self.within, done = False, place + 1
            elif text[place] == _LIST and len(self.skeleton) + place > 0:
                self.skeleton += text[done : place + 1]
                is_taken = self.annotations and _ANNOTATIONS.search(self.skeleton)
                self.lists.append(_List(at + place, self.annotations if is_taken else None))
                self.within, done = True, place + 1
        if self.within:
            ends = places[(depths == 2) & ~opens & (places >= done)]
            if len(ends):
                stop = int(ends[-1]) + 1
                self._add_records(text, codes, (done, stop), at, (places, depths, opens))
                done = stop
        elif is_last:
            self.skeleton += text[done:]
            done = len(text)
        return done

    def _add_records(
        self,
        text: bytes,
        codes: NDArray[np.uint8],
        span: tuple[int, int],
        at: int,
        brackets: tuple[Places, Places, NDArray[np.bool_]],
    ) -> None:
        """Note the records between two places, once they are known to be JSON."""
        places, depths, opens = brackets
        inside = (places >= span[0]) & (places < span[1])
        starts = places[inside & opens & (depths == 3)]
        stops = places[inside & ~opens & (depths == 2)] + 1
        known, piece = self.lists[-1], text[span[0] : span[1]]
        if known.starts and len(starts):
            comma = _AFTER_RECORD.match(piece)
            if not comma:
                raise _UnusualError
            piece, span = piece[comma.end() :], (span[0] + comma.end(), span[1])
        if known.takes is not None:
            known.takes.take(_text(piece), at + span[0])
        elif len(_decoded(piece)) != len(starts) or (codes[starts] != _OBJECT).any():
            raise _UnusualError
        if len(starts):
            known.starts.append(starts + at)
            known.stops.append(stops + at)

    def _whole_records(self, text: bytes, at: int) -> int:
        """Note the records up to the last that ends in the text, as most pieces hold only records.

        Returns
        -------
        int
            How much of the text is done with; 0 where it is to be looked at bracket by bracket.
        """
        known, stop = self.lists[-1], text.rfind(b"}") + 1
        comma = _AFTER_RECORD.match(text) if known.starts else None
        if not stop or (known.starts and not comma):
            return 0
        first = comma.end() if comma else 0
        starts, stops, place = list[int](), list[int](), first
        try:
            if known.takes is not None:
                known.takes.take(_text(text[first:stop]), at + first)
            records = [] if known.takes else _decoded(text[first:stop])
        except UNREADABLE:
            return 0
        for record in records:
            view = memoryview(record)
            if view[0] != _OBJECT:
                return 0
            place = text.index(b"{", place)
            starts.append(place)
            place += len(view)
            stops.append(place)
        known.starts.append(np.array(starts, np.int64) + at)
        known.stops.append(np.array(stops, np.int64) + at)
        return stop


def _decoded(piece: bytes) -> list[msgspec.Raw]:
    """Cut the inside of a list into its members, once it is known to be JSON."""
    return msgspec.json.decode(b"[%b]" % _text(piece), type=list[msgspec.Raw])


def _text(piece: bytes) -> bytes:
    """Return what is known to be UTF-8."""
    if not piece.isascii():
        piece.decode()
    return piece


_LIST, _END, _OBJECT = b"[]{"


def _look_at_all(scan: _Scan, descriptor: int) -> None:
    """Look at a file piece by piece; what is cut off at the end of one comes again in the next."""
    at, text, more = 0, b"", b"?"
    while more:
        more = _piece(descriptor, at + len(text), max(PIECE, len(text)))
        text += more
        done = scan.look_at(text, at, is_last=not more)
        at, text = at + done, text[done:]
    if text or scan.within:
        raise _UnusualError


def _piece(descriptor: int, at: int, length: int) -> bytes:
    """Read a piece that does not end within an escaped character."""
    piece = os.pread(descriptor, length, at)
    while piece.endswith(b"\\") and (more := os.pread(descriptor, 1, at + len(piece))):
        piece += more
    return piece
