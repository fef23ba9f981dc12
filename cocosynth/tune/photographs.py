"""Backgrounds that were read, kept for the next picture."""

from __future__ import annotations

import threading
from collections import OrderedDict

from cocosynth.core.values import Image
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.planned import Plan
from cocosynth.pipeline.set_up import Setup

KEPT_BYTES = 512 << 20

Key = tuple[int, int]  # the position of a background, and how many times smaller it may be
Found = tuple[Image, int]  # its pixels, and how many times smaller they are


class Photographs:
    """The pixels of backgrounds; those looked at last."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes, self._lock = most, 0, threading.Lock()
        self._found: OrderedDict[Key, Found] = OrderedDict()

    def get(self, key: Key) -> Found | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def put(self, key: Key, found: Found) -> Found:
        pixels, _ = found
        pixels.flags.writeable = False
        with self._lock:
            if key not in self._found:
                self._found[key] = found
                self._bytes += pixels.nbytes
            while self._bytes > self._most and len(self._found) > 1:
                self._bytes -= self._found.popitem(last=False)[1][0].nbytes
        return found


class RememberingComposer(Composer):
    """Composes as `Composer` does, and reads each background once for all configurations."""

    def __init__(self, setup: Setup, photographs: Photographs) -> None:
        super().__init__(setup)
        self._photographs = photographs

    def _read(self, made: Plan, *, keep: bool) -> Found:
        del keep
        key = made.position, made.scene.background.reduction
        found = self._photographs.get(key)
        if found is None:
            found = self._photographs.put(key, super()._read(made, keep=False))
        return found
