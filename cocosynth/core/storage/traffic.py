"""What was read and written over the network, counted in each process."""

from __future__ import annotations

import threading

import msgspec


class Traffic(msgspec.Struct):
    """What went over the network.

    Attributes
    ----------
    read, read_bytes : int
        Files that were fetched.
    cached : int
        Reads that the cache of this machine answered.
    written, written_bytes : int
    tried_again : int
        Requests that failed for a reason that passes.
    """

    read: int = 0
    read_bytes: int = 0
    cached: int = 0
    written: int = 0
    written_bytes: int = 0
    tried_again: int = 0

    def add(self, other: Traffic) -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def __str__(self) -> str:
        return (
            f"{self.read} files read ({_size(self.read_bytes)}), {self.cached} reads from the "
            f"cache, {self.written} files written ({_size(self.written_bytes)}), "
            f"{self.tried_again} requests tried again"
        )


_counted, _lock = Traffic(), threading.Lock()


def count(
    *,
    read: int | None = None,
    part: int = 0,
    cached: int = 0,
    written: int | None = None,
    tried_again: int = 0,
) -> None:
    """Count a file that was read or written, by its bytes; a part of one; what else happened."""
    now = Traffic(
        int(read is not None),
        (read or 0) + part,
        cached,
        int(written is not None),
        written or 0,
        tried_again,
    )
    with _lock:
        _counted.add(now)


def taken() -> Traffic:
    """Return what this process has counted since it was last asked."""
    global _counted
    with _lock:
        found, _counted = _counted, Traffic()
    return found


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.2f} GB"
