"""What was read over the network, kept on this machine: for all its processes, up to a size.

A file stands there under a name made of its URL, its length and what the store calls its content
(an etag); so what has changed is another file. The longest unused goes first.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.storage import remote, traffic
from cocosynth.core.urls import Url

FOLDER, SIZE = "COCOSYNTH_CACHE", "COCOSYNTH_CACHE_SIZE"

_DEFAULT_SIZE = 10 * 10**9
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_IN_USE = 60.0  # seconds after its last use for which a file stays
_LEFT_BEHIND = 24 * 3600.0  # seconds after which what a killed process left goes
_FILLED = 0.8  # of the size, after files went
_SHARE = 0.05  # of the size, after which it is added up again

_locks = [threading.Lock() for _ in range(256)]
"""Each file has one of them: a process fetches it once at a time."""

_lock = threading.Lock()
_added = 0
_added_up = False


def folder() -> Path:
    """Return where files are kept."""
    named = os.environ.get(FOLDER)
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "cocosynth"


def size() -> int:
    """Return how many bytes may be kept.

    Raises
    ------
    CocosynthError
    """
    text = os.environ.get(SIZE, "").strip()
    if not text:
        return _DEFAULT_SIZE
    found = re.fullmatch(r"([0-9.]+)\s*([KMGT]?B?)", text.upper())
    try:
        number, unit = found.groups() if found else ("", "")
        return int(float(number) * _UNITS[unit if unit.endswith("B") or not unit else f"{unit}B"])
    except ValueError:
        raise CocosynthError(f"{SIZE}: must be a size such as 20GB, got {text!r}") from None


def local(url: Url) -> Path:
    """Return a file of this machine that holds what is at a URL now.

    Raises
    ------
    CocosynthError
        If it is not there, or cannot be read.
    """
    status = remote.status(url)
    if status is None:
        raise CocosynthError(f"{url}: does not exist")
    kept = _kept(url, status)
    with _lock_of(kept.name):
        if _used(kept):
            traffic.count(cached=1)
            return kept
        with partial() as target:
            found = remote.fetch(url, status, target)
            return _keep(target, _kept(url, found), found.size)


def is_kept(url: Url, status: remote.Status) -> bool:
    """Say whether a file need not be fetched."""
    return _kept(url, status).exists()


@contextmanager
def uploaded(url: Url) -> Iterator[IO[bytes]]:
    """Open a file of this machine that is put at a URL once complete, and kept."""
    with partial() as source:
        with source.open("wb") as stream:
            yield stream
        remote.upload(url, source)
        status = remote.status(url, fresh=True)
        if status is not None and status.size == source.stat().st_size:
            _keep(source, _kept(url, status), status.size)


@contextmanager
def partial() -> Iterator[Path]:
    """Yield the path of a file of this machine to be written; it goes, unless it is moved."""
    place = _made(folder() / "partial")
    try:
        handle, name = tempfile.mkstemp(dir=place)
    except OSError as error:
        raise _unusable(place, error) from None
    os.close(handle)
    try:
        yield Path(name)
    except OSError as error:  # a full disk; what stores say comes as an error of ours
        raise _unusable(place, error) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _keep(source: Path, kept: Path, length: int) -> Path:
    _made(kept.parent)
    try:
        source.replace(kept)
    except OSError as error:
        raise _unusable(kept, error) from None
    _bound(length)
    return kept


def _used(kept: Path) -> bool:
    """Say whether a file is there; if so, it has been used now."""
    try:
        if time.time() - kept.stat().st_mtime > _IN_USE / 4:
            os.utime(kept)
    except OSError:
        return False
    return True


def _kept(url: Url, status: remote.Status) -> Path:
    name = hashlib.sha256(f"{url}\0{status.size}\0{status.version}".encode()).hexdigest()
    return folder() / "files" / name[:2] / name


def _bound(added: int) -> None:
    """Delete what was not used for longest, where there is more than may be kept."""
    global _added, _added_up
    most = size()
    with _lock:
        _added += added
        if _added_up and _added < _SHARE * most:
            return
        _added, _added_up = 0, True
    now, found = time.time(), []
    for path in (folder() / "files").glob("*/*"):
        with suppress(OSError):
            known = path.stat()
            found.append((known.st_mtime, known.st_size, path))
    total = sum(length for _, length, _ in found)
    if total > most:
        for used, length, path in sorted(found, key=lambda one: one[0]):
            if total <= _FILLED * most or now - used < _IN_USE:
                break
            path.unlink(missing_ok=True)
            total -= length
    for path in (folder() / "partial").glob("*"):
        with suppress(OSError):
            if now - path.stat().st_mtime > _LEFT_BEHIND:
                path.unlink()


def _made(place: Path) -> Path:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(place, error) from None
    return place


def _unusable(place: Path, error: OSError) -> StoppedError:
    return StoppedError(
        f"{place}: cannot be written: {error.strerror or error}; set {FOLDER} to another folder "
        "for the files that are read over the network"
    )


def _lock_of(name: str) -> threading.Lock:
    return _locks[int(name[:2], 16)]
