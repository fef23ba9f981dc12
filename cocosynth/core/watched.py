"""Files whose sha256 is taken when they are read, so that it is of what was read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress

from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_file import image_bytes
from cocosynth.core.urls import as_url

_State = tuple[int, int, int, int, int] | tuple[int, str]


class Watched:
    """The files of a photo, about to be read.

    Parameters
    ----------
    paths : mapping of str to str
        The key of each hash, and the file.

    Attributes
    ----------
    hashes : dict of str to str
        The sha256 of each file; one that cannot be read has none.
    contents : dict of str to bytes
        What is in each image file, by its path.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._before = {path: _state(path) for path in paths.values()}
        self.hashes: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        for key, path in paths.items():
            with suppress(UnusableError):  # who reads it says why
                self.contents[path] = image_bytes(path)
                self.hashes[key] = hashlib.sha256(self.contents[path]).hexdigest()

    def refuse_changed(self) -> None:
        """Refuse a file that was written to between the hash and now, when it was read.

        Raises
        ------
        CocosynthError
        """
        for path, before in self._before.items():
            if _state(path) != before:
                raise changed(path)


def changed(path: str) -> CocosynthError:
    """Return the error about a photograph that is not what it was when it was read before."""
    return CocosynthError(f"{path}: has changed while it was used; begin again with --overwrite")


def _state(path: str) -> _State | None:
    """Return what changes with every write to a file, though its length and its times may not."""
    if url := as_url(path):  # of one content as long as this process trusts what it was told
        from cocosynth.core.storage import remote

        there = remote.status(url)
        return None if there is None else (there.size, there.version)
    try:
        found = os.stat(path)  # noqa: PTH116 - each image: a `Path` takes a while
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
