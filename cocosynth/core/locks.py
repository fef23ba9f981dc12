"""One writer for each folder: a lock file that the system frees when its process ends, however."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.files import why
from cocosynth.core.links import is_link
from cocosynth.core.urls import as_url

if TYPE_CHECKING:
    from filelock import BaseFileLock

Note = Callable[[str], None]
"""Takes a line for the user about what goes on all the same."""

_NO_LOCKS = frozenset((errno.ENOSYS, errno.ENOLCK, errno.EBADF, errno.EOPNOTSUPP, errno.ENOTSUP))
"""What network file systems answer that are mounted without locks."""


@contextmanager
def locked(path: Path, *, busy: str, note: Note) -> Iterator[None]:
    """Hold a lock file; where the file system has no locks, go on without, and say so.

    The file stays until somebody deletes it, which its holder may do.

    Parameters
    ----------
    path : Path
        The lock file; made where there is none. A link is refused, and a file that holds something:
        a lock is empty, and taking hold of one makes it so.
    busy : str
        The text of the error, if another process holds it.
    note : callable
        Takes the line that says that there are no locks.

    Raises
    ------
    CocosynthError
    """
    if url := as_url(path):
        from cocosynth.core.storage import lease

        with lease.held(url, busy=busy, note=note):
            yield
        return
    lock = _acquired(path, busy)
    if lock is None:
        note(f"{path}: the file system has no locks: let nothing else write to this folder")
        yield
        return
    try:
        yield
    finally:
        lock.release()


def refuse_lost(path: Path) -> None:
    """Stop where what was locked is another's now, as may happen in object storage.

    Raises
    ------
    StoppedError
    """
    if as_url(path):
        from cocosynth.core.storage import lease

        lease.refuse_lost()


def _acquired(path: Path, busy: str) -> BaseFileLock | None:
    """Take hold of a lock file, or return None where the file system has no locks."""
    from filelock import FileLock, Timeout  # slow to import, and few commands write

    place = _place_of(path)
    _refuse_other(path if is_link(path) else place)
    lock = FileLock(place, fallback_to_soft=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise CocosynthError(busy) from None
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise StoppedError(f"{path}: cannot be locked: {why(error)}") from None
    return lock


def _refuse_other(path: Path) -> None:
    """Refuse what is not a lock of ours, which is an empty file of one name.

    Raises
    ------
    CocosynthError
    """
    try:
        found = path.lstat()
    except OSError:
        return  # not there, or to be told by who takes hold of it
    if is_link(path):
        raise CocosynthError(f"{path}: must not be a link; remove it")
    if not stat.S_ISREG(found.st_mode) or found.st_size or found.st_nlink > 1:
        raise CocosynthError(f"{path}: is not a lock of ours; move it away")


def _place_of(path: Path) -> Path:
    """Return the file that is locked for `path`: Windows deletes no file that somebody holds."""
    if os.name != "nt":
        return path
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    return Path(tempfile.gettempdir()) / f"cocosynth-{name}.lock"
