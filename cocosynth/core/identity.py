"""Files that are the same: sha256, and equal bytes found without reading all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.file_states import FileState
from cocosynth.core.files import local, why
from cocosynth.core.node import refuse_unseen
from cocosynth.core.urls import as_url


def sha256(*paths: str | Path) -> str:
    """Return the digest of a file; of several, that of what they hold one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        there = local(path)
        try:
            with there.open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
        except OSError as error:
            refuse_unseen(path)
            raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None
    return digest.hexdigest()


def identities(paths: Sequence[str], states: Iterable[FileState | None] = ()) -> list[str]:
    """Return a name for the content of each file, the same for files that are equal byte for byte.

    Only files of the same length are read, and whole only those with the same bytes halfway.

    Parameters
    ----------
    paths : sequence of str
    states : iterable of FileState, optional
        Of each file, or None where it is not known.
    """
    known = zip_longest(paths, states)
    found = [_found(path) if state is None else (state[:2], state.length) for path, state in known]
    first: dict[Hashable, str] = {}
    for path, (file, _) in zip(paths, found, strict=True):
        first.setdefault(file, path)
    lengths = {first[file]: length for file, length in found}
    groups = [list(lengths)]
    for trait in (lengths.__getitem__, lambda path: _middle(path, lengths[path]), sha256):
        groups = [alike for group in groups for alike in _alike(group, trait)]
    names = {path: group[0] for group in groups for path in group}
    return [names[first[file]] for file, _ in found]


def _alike(paths: list[str], trait: Callable[[str], Hashable]) -> list[list[str]]:
    """Part files by a trait; it is not asked for of a single one."""
    if len(paths) == 1:
        return [paths]
    groups: dict[Hashable, list[str]] = {}
    for path in paths:
        groups.setdefault(trait(path), []).append(path)
    return list(groups.values())


def _found(path: str) -> tuple[Hashable, int]:
    """Return what two names of one file have in common, and the length of the file."""
    there = file_state(path)
    if there is not None:
        return there[:2], there.length
    url = as_url(path)
    assert url is not None
    return url, state(url)[0]


def file_state(path: str) -> FileState | None:
    """Return the state of a file of this machine; None of what is at a URL.

    Raises
    ------
    CocosynthError
        If it cannot be read.
    """
    if as_url(path):
        return None
    try:
        found = os.stat(path)  # noqa: PTH116 - of each of many photographs
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None
    return FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def state(path: str | Path) -> tuple[int, int | str]:
    """Return the length of a file, and what changes when it is written: its time, or its etag.

    Raises
    ------
    CocosynthError
        If it is not there.
    """
    if url := as_url(path):
        from cocosynth.core.storage import remote

        found = remote.status(url)
        if found is None:
            raise CocosynthError(f"{url}: does not exist")
        return found.size, found.version
    there = os.stat(path)  # noqa: PTH116 - of each of many photographs
    return there.st_size, there.st_mtime_ns


def _middle(path: str, length: int) -> bytes:
    there = local(path)
    try:
        with there.open("rb", buffering=0) as stream:
            stream.seek(length // 2)
            return stream.read(256)
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None
