"""Links: what is written through one would go elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import as_url


def refuse_links(path: Path) -> None:
    """Refuse a link, and a folder that holds one: what we write there would go elsewhere.

    Raises
    ------
    CocosynthError
        It names the first link.
    """
    refuse_link(path)
    if as_url(path) or not path.is_dir():
        return
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir():
                    refuse_links(Path(entry.path))
                elif entry.is_symlink():
                    refuse_link(Path(entry.path))
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be read: {error.strerror or error}") from None


def refuse_link(path: Path) -> None:
    """Refuse a link.

    Raises
    ------
    CocosynthError
    """
    if is_link(path):
        raise CocosynthError(f"{path}: must not be a link; remove it")


def is_link(path: str | Path) -> bool:
    """Say whether a path is a link, or what Windows calls a junction."""
    if as_url(path):
        return False
    is_junction = getattr(os.path, "isjunction", lambda path: False)  # since Python 3.12
    return Path(path).is_symlink() or is_junction(path)
