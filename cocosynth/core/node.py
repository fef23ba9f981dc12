"""The node of a cluster that this process works on: it may see other files than the parent does.

A file that is missing is bad data, and is skipped, on one machine. On a node it may be there for
everybody else: then an image would come out otherwise than elsewhere, so the parent is asked first.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class UnseenError(Exception):
    """A path that cannot be read here; no `CocosynthError`, so that nothing takes it for bad data.

    Attributes
    ----------
    path : str
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


_known_missing: list[frozenset[str]] = []


@contextmanager
def working_on_a_node(known_missing: frozenset[str]) -> Iterator[None]:
    """Raise `UnseenError` about what cannot be read, but for what the parent cannot read either."""
    _known_missing.append(known_missing)
    try:
        yield
    finally:
        _known_missing.pop()


def refuse_unseen(path: str | Path) -> None:
    """Call before a file that cannot be read counts as missing or bad.

    Raises
    ------
    UnseenError
        If this process works on a node, and the parent may be able to read the file.
    """
    if _known_missing and str(path) not in _known_missing[-1] and not is_readable(path):
        raise UnseenError(str(path))


def is_readable(path: str | Path) -> bool:
    """Say whether there is a file that can be read, or a folder that can be listed."""
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            return os.access(path, os.R_OK | os.X_OK)
        if stat.S_ISREG(mode):
            with Path(path).open("rb") as stream:
                stream.read(1)
    except (OSError, ValueError):
        return False
    return True  # a pipe is not looked into
