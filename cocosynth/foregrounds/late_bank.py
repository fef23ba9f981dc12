"""A bank of which only a part was cut out beforehand; the rest is when somebody tries it.

What an image tries first is known before it is made, and is cut out photograph by photograph. What
it tries where that does not fit is cut out here, by the worker that makes the image. A build does
not keep it on disk; where images are made again and again it is kept. An instance comes out the
same wherever and whenever it is cut out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.errors import UnusableError
from cocosynth.core.guard import named
from cocosynth.core.values import Keypoints, Octagon, Photo, Rgba
from cocosynth.core.watched import Watched, changed
from cocosynth.foregrounds.bank import ENTRY, WHOLE, Bank, Entry, Wholeness
from cocosynth.foregrounds.cut_instance import cut_instance, open_photo, pixels_of
from cocosynth.foregrounds.cut_store import CutStore, cuts_of, store_cuts
from cocosynth.foregrounds.cutter import Cutter
from cocosynth.foregrounds.photo_masks import PhotoMasks
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.hashes import files_of

KEPT_BYTES = 64 << 20
"""Of instances that were cut out late; what goes beyond is cut out again, in the same way."""


@dataclass(frozen=True, eq=False)
class LateInstance:
    """An instance that was cut out late: as an entry, and in all the ways of preparing it."""

    entry: Entry
    pixels: tuple[Rgba, ...]
    keypoints: Keypoints

    def encoded(self) -> bytes:
        """Return what is kept on disk."""
        row = np.array([tuple(self.entry)], dtype=ENTRY)
        ways = [rgba.tobytes() for rgba in self.pixels]
        return msgspec.msgpack.encode((row.tobytes(), ways, self.keypoints))

    @classmethod
    def decoded(cls, content: bytes) -> LateInstance:
        row, ways, keypoints = msgspec.msgpack.decode(
            content, type=tuple[bytes, list[bytes], Keypoints]
        )
        entry = Entry(*np.frombuffer(row, dtype=ENTRY)[0].item())
        pixels = (np.frombuffer(way, dtype=np.uint8).reshape(*entry.size, 4) for way in ways)
        return cls(entry, tuple(pixels), keypoints)


class LateCutter:
    """Cuts out single instances of a bank, and keeps those asked for last.

    Parameters
    ----------
    cutter : Cutter
        Makes them ready as it does those that are cut out beforehand.
    store : CutStore
    photos : sequence of Photo
        By number.
    unreadable : set of int
        The numbers of those that are known to be undecodable.
    kept : Path, optional
        A folder to keep in what was cut out, for all processes; a build needs none.

    Attributes
    ----------
    hashes : dict of int to str
        The sha256 of the photos that were read, by their numbers.
    """

    def __init__(
        self,
        cutter: Cutter,
        store: CutStore,
        photos: Sequence[Photo],
        unreadable: frozenset[int] = frozenset(),
        kept: Path | None = None,
    ) -> None:
        self._made_of = cutter, store, photos, unreadable, kept
        self._folder = kept
        self.hashes: dict[int, str] = {}
        self._kept: OrderedDict[int, LateInstance] = OrderedDict()
        self._bytes, self._unreadable = 0, set(unreadable)
        self._lock = threading.Lock()

    def __reduce__(self) -> Any:
        return LateCutter, self._made_of

    def instance(self, number: int, entry: Entry) -> LateInstance | None:
        """Return an instance; None if its photo cannot be decoded.

        Parameters
        ----------
        number : int
            Of the bank.
        entry : Entry
            What is known of its shape.
        """
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
            if entry.photo in self._unreadable:
                return None
            found = self._found(number, entry)
            if found is None:
                self._unreadable.add(entry.photo)
                return None
            self._kept[number] = found
            self._bytes += _size(found)
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
            return found

    def _found(self, number: int, entry: Entry) -> LateInstance | None:
        """Return an instance from disk, or cut it out."""
        path = None if self._folder is None else self._folder / f"{number}.instance"
        if path is not None and path.exists():
            return LateInstance.decoded(files.read_bytes(path))
        found = self._cut(entry)
        if path is not None and found is not None:
            files.write_atomic(path, found.encoded())
        return found

    def _cut(self, entry: Entry) -> LateInstance | None:
        cutter, store, photos, *_ = self._made_of
        photo = photos[entry.photo]
        cut = store.read(entry.photo, entry.annotation_id)
        read = Watched(dict(files_of(photo, (cut,))))
        try:
            pixels = open_photo(photo, cut)
        except UnusableError:
            return None
        masks = PhotoMasks(cut.beside, (pixels.shape[0], pixels.shape[1]))
        try:
            instance = cut_instance(pixels, cut, masks)
        except UnusableError:  # it could be when the sources were read
            raise changed(photo.path) from None
        with named(photo.path):
            ways = tuple(cutter.prepared(instance))
        read.refuse_changed()
        self.hashes[entry.photo] = read.hashes["sha256"]
        known = entry._replace(
            height=instance.box.size[0],
            width=instance.box.size[1],
            top=instance.box.top,
            left=instance.box.left,
            borders=np.array(instance.borders),
            octagon=np.array(instance.octagon, dtype=np.int32),
            pixels=sum(rgba.nbytes for rgba in ways),
            whole=instance.whole,
            sharpness=instance.sharpness,
            area=pixels_of(instance),
        )
        return LateInstance(known, ways, instance.keypoints)


def _size(instance: LateInstance) -> int:
    return sum(rgba.nbytes for rgba in instance.pixels)


@dataclass(frozen=True, eq=False)
class LateBank(Bank):
    """A bank that cuts out late what it has the shape of only.

    Attributes
    ----------
    late : LateCutter
    table : Path, optional
        A file of the entries: other processes read of it what they need, and are not sent all.
    """

    late: LateCutter = field(kw_only=True, repr=False)
    table: Path | None = field(default=None, kw_only=True, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        state = {**super().__getstate__(), "late": self.late, "table": self.table}
        return state if self.table is None else {**state, "entries": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.table is not None:
            vars(self)["entries"] = files.mapped(self.table).view(ENTRY)

    @property
    def wholeness(self) -> Wholeness:
        """That of the instances that were cut out beforehand."""
        there = self.entries["pixels"] > 0
        below = there & (self.entries["whole"] < np.float32(WHOLE))
        return Wholeness(int(np.count_nonzero(there)), int(np.count_nonzero(below)))

    @property
    def read_late(self) -> Mapping[int, str]:
        return self.late.hashes

    def rgba(self, number: int, preparation: int = 0) -> Rgba:
        found = self._late(number)
        return found.pixels[preparation] if found else super().rgba(number, preparation)

    def keypoints(self, number: int) -> Keypoints:
        found = self._late(number)
        return found.keypoints if found else super().keypoints(number)

    def entry(self, number: int) -> Entry:
        known = super().entry(number)
        if known.pixels:
            return known
        found = self.late.instance(number, known)
        return found.entry if found else known

    def octagon(self, number: int) -> Octagon:
        octagon: Octagon = self.entry(number).octagon.tolist()
        return octagon

    def _late(self, number: int) -> LateInstance | None:
        known = super().entry(number)
        return None if known.pixels else self.late.instance(number, known)


def late_bank(bank: Bank, catalogue: Catalogue, cutter: Cutter, folder: Path) -> LateBank:
    """Return a bank that cuts out late all that has no pixels yet, and keeps it in a folder."""
    files.make_folder(folder)
    uncut = np.flatnonzero(bank.entries["pixels"] == 0)
    store = store_cuts(folder / "cuts.json", cuts_of(catalogue, bank, uncut))
    late = LateCutter(cutter, store, catalogue.photos, kept=folder)
    return with_table(bank, bank.entries, bank.hashes, late, folder)


def with_table(
    bank: Bank,
    entries: NDArray[Any],
    hashes: Mapping[int, Mapping[str, str]],
    late: LateCutter,
    folder: Path,
) -> LateBank:
    """Return a bank of other entries that cuts out late what has no pixels; keep them in a file."""
    table = folder / "entries" if len(entries) else None
    if table is not None:
        with files.atomic(table) as stream:
            stream.write(np.ascontiguousarray(entries).view(np.uint8).data)
    return LateBank(entries, bank.folder, hashes, bank.distractors, late=late, table=table)


def with_cuts(
    entries: NDArray[Any], numbers: NDArray[np.intp], tables: Iterable[NDArray[Any]]
) -> NDArray[Any]:
    """Write into entries of shapes those of instances that have been cut out since.

    Parameters
    ----------
    entries : ndarray of ENTRY, shape (n,)
        Changed here: of a million, a copy would take as much memory again.
    numbers : ndarray of int, shape (m,)
        Of those that were cut out, in order.
    tables : iterable of ndarray of ENTRY
        What the batches of these gave, m of them together.
    """
    found = np.concatenate([entries[:0], *tables])
    known = entries[numbers]
    if (found[["photo", "annotation_id"]] != known[["photo", "annotation_id"]]).any():
        raise RuntimeError("other instances were cut out than were asked for")
    found["category_id"] = known["category_id"]  # ids of the output
    found["whole"] = np.where(found["pixels"] > 0, found["whole"], known["whole"])
    entries[numbers] = found
    return entries
