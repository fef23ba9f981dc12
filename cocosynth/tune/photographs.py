"""Backgrounds that were read, kept for the next picture."""

from __future__ import annotations

import threading
from collections import OrderedDict

from cocosynth.core.values import Image
from cocosynth.pipeline.compose import Composer, Setup

KEPT_BYTES = 512 << 20


class Photographs:
    """The pixels of backgrounds, by their position; those looked at last."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes, self._lock = most, 0, threading.Lock()
        self._found: OrderedDict[int, Image] = OrderedDict()

    def get(self, position: int) -> Image | None:
        with self._lock:
            if position in self._found:
                self._found.move_to_end(position)
            return self._found.get(position)

    def put(self, position: int, pixels: Image) -> Image:
        pixels.flags.writeable = False
        with self._lock:
            if position not in self._found:
                self._found[position] = pixels
                self._bytes += pixels.nbytes
            while self._bytes > self._most and len(self._found) > 1:
                self._bytes -= self._found.popitem(last=False)[1].nbytes
        return pixels


class RememberingComposer(Composer):
    """Composes as `Composer` does, and reads each background once for all configurations."""

    def __init__(self, setup: Setup, photographs: Photographs) -> None:
        super().__init__(setup)
        self._photographs = photographs

    def _read(self, position: int, *, keep: bool) -> Image:
        del keep
        found = self._photographs.get(position)
        if found is None:
            found = self._photographs.put(position, super()._read(position, keep=False))
        return found
