"""What lies in a folder of pictures: those that are read, and all else, by suffix."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cocosynth.core import image_formats
from cocosynth.core.errors import CocosynthError
from cocosynth.core.files import is_folder, why
from cocosynth.core.urls import Url, as_url

_EXPECTED = frozenset(("credits.csv", "desktop.ini", "thumbs.db"))  # lie there for other reasons

_SHOWN = 8  # suffixes


@dataclass(frozen=True)
class ImageFolder:
    """The files below a folder, hidden ones not among them.

    Attributes
    ----------
    images : list of str
        Sorted relative paths, with forward slashes, of the files that are read by their suffix.
    others : list of str
        Those of all other files.
    """

    images: list[str]
    others: list[str]

    @property
    def kinds(self) -> str:
        """The suffixes of the other files, the most frequent first, as ``2 .heic, 1 .txt``."""
        counts = Counter(_suffix(name) or "without a suffix" for name in self.others)
        found = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        named = [f"{count} {suffix}" for suffix, count in found[:_SHOWN]]
        rest = sum(count for _, count in found[_SHOWN:])
        return ", ".join([*named, f"{rest} of other suffixes"] if rest else named)

    @property
    def pictures(self) -> list[str]:
        """Those of the other files that are pictures nevertheless."""
        return [name for name in self.others if _suffix(name) in image_formats.PICTURES]


def image_folder(folder: str | Path) -> ImageFolder:
    """List the files below a folder.

    Links are followed, those to folders as well: whoever made them meant what they lead to.

    Raises
    ------
    CocosynthError
        If the folder does not exist, cannot be read, holds no image, or leads twice to a folder.
    """
    if not is_folder(folder):
        raise CocosynthError(f"{folder}: no such folder")
    url = as_url(folder)
    names = sorted(
        name
        for name in (_names(Path(folder)) if url is None else _names_at(url))
        if posixpath.basename(name).lower() not in _EXPECTED
    )
    readable = image_formats.suffixes()
    found = ImageFolder(
        [name for name in names if _suffix(name) in readable],
        [name for name in names if _suffix(name) not in readable],
    )
    if not found.images:
        there = f", but {found.kinds}" if found.others else ""
        raise CocosynthError(
            f"{folder}: holds no image that is read (.jpg, .png, .tif, ...){there}"
        )
    return found


def _suffix(name: str) -> str:
    """Return what `Path.suffix` does: of many names, without a path of each."""
    own = posixpath.basename(name)
    dot = own.rfind(".")
    return own[dot:].lower() if 0 < dot < len(own) - 1 else ""


def _names(root: Path) -> Iterator[str]:
    """Yield the relative paths of the files below a folder, hidden ones not among them."""
    for base, names in _folders(root):
        folder = Path(base).relative_to(root).as_posix()
        within = "" if folder == "." else f"{folder}/"
        yield from (within + name for name in names if not name.startswith("."))


def _names_at(url: Url) -> Iterator[str]:
    """Yield the same of a folder in object storage."""
    from cocosynth.core.storage import remote

    for name in remote.files_below(url):
        *folders, own = name.split("/")
        if not own.startswith(".") and not any(f.startswith((".", "__MACOSX")) for f in folders):
            yield name


def _folders(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder with the names of its files; one that is met again would never end."""
    met: dict[str, str] = {}
    for base, folders, names in os.walk(root, followlinks=True, onerror=_refuse_walk):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        first = met.setdefault(os.path.realpath(base), base)
        if first != base:
            raise CocosynthError(f"{base}: is the folder {first} once more; remove that link")
        yield base, names


def _refuse_walk(error: OSError) -> None:
    raise CocosynthError(f"{error.filename}: cannot be read: {why(error)}")
