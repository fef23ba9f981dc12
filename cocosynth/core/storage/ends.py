"""The first and the last bytes of a large file: they say what a photograph is, without the rest."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict

from cocosynth.core.storage import cache, remote
from cocosynth.core.urls import Url

BLOCK = 1 << 16
"""Bytes of a request."""

_LARGE = 4 * BLOCK  # what is smaller is fetched whole: it is going to be read, or costs no more
_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".jfif"))  # others say what they are all through
_KEPT = 64  # files

_kept: OrderedDict[str, Blocks] = OrderedDict()
_lock = threading.Lock()


class Blocks:
    """A file of which those bytes are fetched that are looked at."""

    def __init__(self, url: Url, size: int) -> None:
        self.size, self._url = size, url
        self._blocks: dict[int, bytes] = {}

    def read(self, start: int, count: int) -> bytes:
        stop = min(start + count, self.size)
        if stop <= start:
            return b""
        first, last = start // BLOCK, (stop - 1) // BLOCK
        content = b"".join(self._block(number) for number in range(first, last + 1))
        return content[start - first * BLOCK : stop - first * BLOCK]

    def fetch_ends(self) -> None:
        self.read(0, 1)
        self.read(self.size - BLOCK, BLOCK)

    def _block(self, number: int) -> bytes:
        if number not in self._blocks:
            start = number * BLOCK
            stop = min(start + BLOCK, self.size)
            self._blocks[number] = remote.read_part(self._url, start, stop)
        return self._blocks[number]


class _Stream(io.RawIOBase):
    """Reads blocks as a file is read."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks, self._place = blocks, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._blocks.size}
        self._place = max(0, start[whence] + offset)
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._blocks.read(self._place, len(buffer))
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def blocks_of(url: Url) -> Blocks | None:
    """Return a large JPEG file that is not in the cache; None for all others."""
    if url.suffix.lower() not in _SUFFIXES:
        return None
    status = remote.status(url)
    if status is None or status.size <= _LARGE or cache.is_kept(url, status):
        return None
    name = f"{url}\0{status.version}"
    with _lock:
        found = _kept.pop(name, None) or Blocks(url, status.size)
        _kept[name] = found
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def opened(url: Url) -> io.RawIOBase | None:
    """Open a large JPEG file for looking at its ends; None for all others."""
    blocks = blocks_of(url)
    return None if blocks is None else _Stream(blocks)
