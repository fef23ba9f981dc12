"""A bank whose instances are made ready for a blend mode when they are first asked for.

A build makes each instance ready once, in every way that its blend modes ask for. Here modes come
and go as somebody tries them, so that the bank holds instances as they were cut out.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from cocosynth.core.values import Keypoints, Octagon, Rgba
from cocosynth.foregrounds.bank import Bank, Entry
from cocosynth.foregrounds.cutter import Prepare

KEPT_BYTES = 256 << 20


@dataclass(frozen=True)
class Way:
    """One way of making instances ready.

    Attributes
    ----------
    key : str
        The same for ways that give the same pixels.
    prepare : Prepare
    keeps_matte : bool
        Whether an instance with a matte stays as it is.
    """

    key: str
    prepare: Prepare
    keeps_matte: bool


class Kept:
    """Instances that were made ready, those asked for last, for all banks of the same sources."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes, self._lock = most, 0, threading.Lock()
        self._found: OrderedDict[tuple[str, int], Rgba] = OrderedDict()

    def get(self, key: tuple[str, int]) -> Rgba | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: tuple[str, int], rgba: Rgba) -> Rgba:
        rgba.flags.writeable = False
        with self._lock:
            if key not in self._found:
                self._found[key] = rgba
                self._bytes += rgba.nbytes
            while self._bytes > self._most and len(self._found) > 1:
                self._bytes -= self._found.popitem(last=False)[1].nbytes
        return rgba


@dataclass(frozen=True, eq=False)
class LazyBank(Bank):
    """A bank of instances as they were cut out, made ready when they are asked for.

    Attributes
    ----------
    plain : Bank
        Has them as they were cut out.
    ways : sequence of Way
    kept : Kept
    """

    plain: Bank = field(kw_only=True, repr=False)
    ways: Sequence[Way] = ()
    kept: Kept = field(default_factory=Kept, repr=False)

    @classmethod
    def of(cls, bank: Bank, ways: Sequence[Way], kept: Kept) -> LazyBank:
        of_all = bank.entries, bank.folder, bank.hashes
        return cls(*of_all, plain=bank, ways=tuple(ways), kept=kept)

    def rgba(self, number: int, preparation: int = 0) -> Rgba:
        way = self.ways[preparation]
        if way.keeps_matte and self.matted(number):
            return self.plain.rgba(number)
        key = way.key, number
        found = self.kept.get(key)
        return self.kept.put(key, way.prepare(self.plain.rgba(number))) if found is None else found

    def keypoints(self, number: int) -> Keypoints:
        return self.plain.keypoints(number)

    def entry(self, number: int) -> Entry:
        return self.plain.entry(number)

    def octagon(self, number: int) -> Octagon:
        return self.plain.octagon(number)
