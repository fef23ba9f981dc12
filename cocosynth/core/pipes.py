"""What is read once, from its start: pipes, and standard input."""

from __future__ import annotations

import stat
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.files import why
from cocosynth.core.urls import as_url


def is_stream(path: str | Path) -> bool:
    """Say whether a path leads to a pipe, or to another thing that is read once, from its start."""
    if as_url(path):
        return False
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def read_stream(path: str | Path | int, limit: int) -> bytes:
    """Return what a pipe gives, up to a number of bytes.

    Parameters
    ----------
    path : str, Path or int
        An int is a file that is open already: 0 is standard input.
    limit : int

    Raises
    ------
    CocosynthError
        If it cannot be read.
    """
    try:
        with open(path, "rb", closefd=not isinstance(path, int)) as stream:  # noqa: PTH123
            return stream.read(limit)
    except (OSError, ValueError) as error:
        name = "standard input" if isinstance(path, int) else path
        raise CocosynthError(f"{name}: cannot be read: {why(error)}") from None
