"""What is asked of a store: what is there, its bytes, and to put or delete some."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from cocosynth.core.errors import CocosynthError
from cocosynth.core.storage import behind, traffic
from cocosynth.core.storage.connection import address, connected
from cocosynth.core.storage.faults import persistently
from cocosynth.core.urls import Url

FRESH = 600.0
"""Seconds for which what a store has said of a file counts, unless `forget` is called."""

_WHOLE = 8 << 20  # bytes; what is longer is not held in memory
_MD5 = re.compile(r"[0-9a-f]{32}")
_VERSIONS = ("ETag", "etag", "generation", "LastModified", "last_modified", "mtime", "created")


class Status(NamedTuple):
    """What a store says of a file: its length, and what changes with its content."""

    size: int
    version: str


_known: dict[str, tuple[float, Status]] = {}
_buckets: set[str] = set()
_lock = threading.Lock()


def forget() -> None:
    """Ask stores again what they have: a new run begins."""
    with _lock:
        _known.clear()


def status(url: Url, *, fresh: bool = False) -> Status | None:
    """Return what the store says of a file; None where there is none."""
    with _lock:
        found = _known.get(str(url))
    if found is not None and not fresh and time.monotonic() - found[0] < FRESH:
        return found[1]
    described = _described(url)
    if described is None or described["type"] == "directory":
        return None
    return _noted(url, _status(described))


def kind(url: Url) -> str | None:
    """Return ``file``, ``folder``, or None where there is nothing."""
    described = _described(url)
    if described is None:
        return None
    return "folder" if described["type"] == "directory" else "file"


def _described(url: Url) -> dict[str, Any] | None:
    system, name = address(url)
    try:
        return persistently(url, "looked at", lambda: _info(system, name, url))
    except FileNotFoundError:
        refuse_missing_bucket(url)
        return None


def _info(system: Any, name: str, url: Url) -> Any:
    try:
        return system.info(name)
    except PermissionError:
        if url.scheme == "s3":  # an answer without a body does not say why; this one does
            prefix = url.key.partition("/")[2]
            system.call_s3("list_objects_v2", Bucket=url.bucket, Prefix=prefix, MaxKeys=1)
        raise


def refuse_missing_bucket(url: Url) -> None:
    """Refuse a URL whose bucket is not there: what is missing then is no file.

    Raises
    ------
    CocosynthError
    """
    if url.scheme == "memory" or f"{url.scheme}://{url.bucket}" in _buckets:
        return
    system = connected(url)
    try:
        persistently(url, "looked at", lambda: system.info(url.bucket))
    except FileNotFoundError:
        raise CocosynthError(
            f"{url}: there is no bucket {url.bucket!r}; make it, or correct the URL"
        ) from None
    except CocosynthError:
        return  # one may read in a bucket that one may not look at
    _buckets.add(f"{url.scheme}://{url.bucket}")


def _status(described: dict[str, Any]) -> Status:
    version = next((described[name] for name in _VERSIONS if described.get(name)), "")
    return Status(int(described["size"] or 0), str(version).strip('"'))


def _noted(url: Url, status: Status) -> Status:
    with _lock:
        _known[str(url)] = time.monotonic(), status
    return status


def files_below(url: Url) -> list[str]:
    """Return the names of all files below a folder, relative to it, sorted."""
    system, name = address(url)
    try:
        found = persistently(url, "listed", lambda: system.find(name, detail=True))
    except FileNotFoundError:
        found = {}
    if not found:
        refuse_missing_bucket(url)
    start, names = len(name.rstrip("/")) + 1, []
    for full, described in found.items():
        relative = full[start:]
        if relative and described["type"] == "file" and not full.endswith("/"):
            names.append(relative)
            _noted(url / relative, _status(described))
    return sorted(names)


def names_in(url: Url) -> list[str]:
    """Return the names of the files and folders in a folder, sorted."""
    system, name = address(url)
    try:
        found = persistently(url, "listed", lambda: system.ls(name, detail=False))
    except FileNotFoundError:
        refuse_missing_bucket(url)
        return []
    start = len(name.rstrip("/")) + 1
    return sorted({full[start:].strip("/") for full in found} - {""})


def read(url: Url) -> bytes:
    """Return what is in a file now, past the cache.

    Raises
    ------
    CocosynthError
        If it is not there, or cannot be read.
    """
    behind.wait(url)
    system, name = address(url)
    try:
        content: bytes = persistently(url, "read", lambda: _content(system, name))
    except FileNotFoundError:
        raise _missing(url) from None
    traffic.count(read=len(content))
    return content


def read_part(url: Url, start: int, stop: int) -> bytes:
    """Return some bytes of a file.

    Raises
    ------
    CocosynthError
        If they are not there, or cannot be read.
    """
    system, name = address(url)
    try:
        content: bytes = persistently(
            url, "read", lambda: system.cat_file(name, start=start, end=stop)
        )
    except FileNotFoundError:
        raise _missing(url) from None
    traffic.count(part=len(content))
    return content


def _content(system: Any, name: str) -> bytes:
    return system.cat_file(name)


def fetch(url: Url, wanted: Status, target: Path) -> Status:
    """Write what is in a file to one of this machine; return what it was when it was read.

    Raises
    ------
    CocosynthError
        If it is not there, cannot be read, or changes each time.
    """
    for _ in range(3):
        if wanted.size <= _WHOLE:
            content = read(url)
            target.write_bytes(content)
            size, md5 = len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()
        else:
            _download(url, target)
            size, md5 = target.stat().st_size, ""
            traffic.count(read=size)
        if size == wanted.size and wanted.version == md5 and _MD5.fullmatch(md5):
            return wanted
        now = status(url, fresh=True)
        if now is None:
            raise _missing(url)
        if now == wanted and size == wanted.size:
            return wanted
        wanted = now
    raise CocosynthError(f"{url}: changes while it is read; wait until it is whole")


def _download(url: Url, target: Path) -> None:
    system, name = address(url)
    try:
        persistently(url, "read", lambda: system.get_file(name, str(target)))
    except FileNotFoundError:
        raise _missing(url) from None


def _missing(url: Url) -> CocosynthError:
    refuse_missing_bucket(url)
    return CocosynthError(f"{url}: does not exist")


def write(url: Url, content: bytes) -> None:
    """Put a file, at once or, within `behind.writing`, before that ends.

    Raises
    ------
    CocosynthError
    """
    behind.do(url, lambda: _put(url, lambda system, name: system.pipe_file(name, content)))
    traffic.count(written=len(content))


def upload(url: Url, source: Path) -> None:
    """Put a file of this machine."""
    _put(url, lambda system, name: system.put_file(str(source), name))
    traffic.count(written=source.stat().st_size)


def copy(source: Url, target: Url) -> None:
    """Copy a file inside of a store, once it is there."""

    def run() -> None:
        behind.wait(source)
        start = address(source)[1]
        _put(target, lambda system, name: system.cp_file(start, name))

    behind.do(target, run)


def forget_file(url: Url) -> None:
    """Ask the store again for one file."""
    with _lock:
        _known.pop(str(url), None)


def _put(url: Url, act: Callable[[Any, str], object]) -> None:
    system, name = address(url)
    forget_file(url)
    try:
        persistently(url, "written", lambda: act(system, name))
    except FileNotFoundError:
        refuse_missing_bucket(url)
        raise CocosynthError(f"{url}: cannot be written: the store has no such place") from None
