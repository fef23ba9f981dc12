"""Files that are the same: sha256, and equal bytes found without reading all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.files import why


def sha256(*paths: str | Path) -> str:
    """Return the digest of a file; of several, that of what they hold one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        try:
            with Path(path).open("rb") as stream:
                while chunk := stream.read(1 << 20):
                    digest.update(chunk)
        except OSError as error:
            raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None
    return digest.hexdigest()


def identities(paths: Sequence[str]) -> list[str]:
    """Return a name for the content of each file, the same for files that are equal byte for byte.

    Only files of the same length are read, and whole only those with the same bytes halfway.
    """
    found = [_found(path) for path in paths]
    first: dict[tuple[int, int], str] = {}
    for path, status in zip(paths, found, strict=True):
        first.setdefault((status.st_dev, status.st_ino), path)
    lengths = {first[status.st_dev, status.st_ino]: status.st_size for status in found}
    groups = [list(lengths)]
    for trait in (lengths.__getitem__, lambda path: _middle(path, lengths[path]), sha256):
        groups = [alike for group in groups for alike in _alike(group, trait)]
    names = {path: group[0] for group in groups for path in group}
    return [names[first[status.st_dev, status.st_ino]] for status in found]


def _alike(paths: list[str], trait: Callable[[str], Hashable]) -> list[list[str]]:
    """Part files by a trait; it is not asked for of a single one."""
    if len(paths) == 1:
        return [paths]
    groups: dict[Hashable, list[str]] = {}
    for path in paths:
        groups.setdefault(trait(path), []).append(path)
    return list(groups.values())


def _found(path: str) -> os.stat_result:
    try:
        return Path(path).stat()
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None


def _middle(path: str, length: int) -> bytes:
    try:
        with Path(path).open("rb", buffering=0) as stream:
            stream.seek(length // 2)
            return stream.read(256)
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None
