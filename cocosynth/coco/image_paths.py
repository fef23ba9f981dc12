r"""Where the file of an image is: under the name in its record, or under the one that fits.

Files are moved between systems: Windows writes ``a\b.png``, a Mac stores the letters of a name in
pieces (NFD) and disregards case, and the folder that file names start from is taken one level too
high or too low. A file that fits in all but that is taken if it is the only one, and fits no other
record.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from cocosynth.core.errors import UnusableError
from cocosynth.core.urls import as_url, place

_PLAIN = re.compile(r"\w[\w.-]*", re.ASCII)  # the name of a file in the folder itself
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|\\")  # for Windows, wherever the file was written

Key = tuple[str, ...]


class MissingImageError(UnusableError):
    """An image has no file.

    Attributes
    ----------
    tried : str
        Where it should be.
    fitting : list of str
        Where files are that may be meant.
    """

    def __init__(self, tried: str, fitting: list[str]) -> None:
        super().__init__("image file is missing")
        self.tried, self.fitting = tried, fitting

    def __reduce__(self) -> Any:
        return type(self), (self.tried, self.fitting)

    @property
    def hint(self) -> str:
        """What was tried, and what would fit."""
        if not self.fitting:
            return f"no file {self.tried!r}"
        fit = repr(self.fitting[0])
        more = f" (and {len(self.fitting) - 1} more)" if self.fitting[1:] else ""
        return f"no file {self.tried!r}; {fit}{more} would fit"


def inside(folder: str, file_name: str) -> str:
    """Return the path of an image file that must lie in a folder.

    Raises
    ------
    UnusableError
        If it would lie elsewhere, or the name is none.
    """
    if _PLAIN.fullmatch(file_name):
        return os.path.join(folder, file_name)
    parts = file_name.replace("\\", "/").split("/")
    if os.path.isabs(file_name) or ".." in parts or _ABSOLUTE.match(file_name):
        raise UnusableError("file_name leaves the image folder")
    if not file_name or "\0" in file_name:
        raise UnusableError("file_name is not a file name")
    return os.path.join(folder, file_name)


class ImagePaths:
    """Finds the files of the images of a dataset.

    Parameters
    ----------
    root : str or Path
        The folder that file names start from.
    names : iterable of str
        The file names of all images.
    shown : str, optional
        What the folder is called in messages.

    Attributes
    ----------
    moved : dict of str to str
        What has been found under another name, relative to the folder, by the recorded one.
    """

    def __init__(self, root: str | Path, names: Iterable[str], shown: str | None = None) -> None:
        self.moved: dict[str, str] = {}
        self._root, self._names = str(root), names
        self._shown = str(root) if shown is None else shown
        self._url = as_url(root)

    def recorded(self, name: str) -> str | None:
        """Return the path of the file of this very name, there or not; None at a URL.

        Raises
        ------
        UnusableError
            If the name leaves the folder, or is none.
        """
        return inside(self._root, name) if self._url is None else None

    def path(self, name: str) -> str:
        """Return the path of an image file.

        Raises
        ------
        MissingImageError
            If there is none, or several may be meant.
        UnusableError
            If the name leaves the folder, or is none.
        """
        found = self.found(name)
        return os.path.join(self._root, found) if self._url is None else f"{self._root}/{found}"

    def found(self, name: str) -> str:
        """Return the name, relative to the folder, that an image file really has.

        Raises
        ------
        As `path`.
        """
        if self._is_there(name, inside(self._root, name)):
            return name
        elsewhere, key = self._above(name), _key(name)
        fitting = [] if elsewhere else self._files.same(key) or self._files.fitting(key)
        if len(fitting) == 1 and self._is_meant(fitting[0], key):
            self.moved[name] = fitting[0]
            return fitting[0]
        places = elsewhere or [posixpath.join(self._shown, fit) for fit in fitting]
        raise MissingImageError(posixpath.join(self._shown, name), places)

    def _is_meant(self, file: str, key: Key) -> bool:
        """Say whether the one file that fits a name can be no other image's.

        Folders at the start of a name may be missing only if they are the image folder itself.
        """
        dropped = key[: max(len(key) - len(_key(file)), 0)]
        ours = _key(place(self._root).absolute().as_posix())
        is_root = not dropped or ours[-len(dropped) :] == dropped
        return is_root and len(self._recorded.fitting(_key(file))) == 1

    def _above(self, name: str) -> list[str]:
        """Return the file of this name beside the folder: it is the right one, but not inside."""
        slashed, root = name.replace("\\", "/"), place(self._root).absolute()
        if (
            self._url is not None
            or slashed.split("/")[0] == root.name
            or not os.path.lexists(root.parent / slashed)
        ):
            return []
        return [posixpath.normpath(posixpath.join(self._shown, os.pardir, slashed))]

    @cached_property
    def _recorded(self) -> _Index:
        return _Index(set(self._names))

    @cached_property
    def _files(self) -> _Index:
        return _Index(_files_below(self._root) if self._url is None else sorted(self._listed))

    def _is_there(self, name: str, path: str) -> bool:
        return os.path.lexists(path) if self._url is None else name in self._listed

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The files at a URL: one question for all of them."""
        from cocosynth.core.storage import remote

        assert self._url is not None
        return frozenset(remote.files_below(self._url))


class _Index:
    """Names by what they are alike in."""

    def __init__(self, names: Iterable[str]) -> None:
        self._whole: dict[Key, list[str]] = {}
        self._ends: dict[Key, list[str]] = {}  # by all that a longer name ends with
        for name in names:
            key = _key(name)
            self._whole.setdefault(key, []).append(name)
            for start in range(1, len(key)):
                self._ends.setdefault(key[start:], []).append(name)

    def same(self, key: Key) -> list[str]:
        """Return the names that differ in the way they are written only."""
        return self._whole.get(key, [])

    def fitting(self, key: Key) -> list[str]:
        """Return the names of which one is the end of the other."""
        shorter = [n for start in range(1, len(key)) for n in self._whole.get(key[start:], ())]
        return [*self.same(key), *self._ends.get(key, ()), *shorter]


def _files_below(root: str) -> Iterator[str]:
    """Yield the files below a folder; what cannot be read is not there."""
    met: set[str] = set()
    for base, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(base)
        if real in met:  # links in a circle
            folders.clear()
            continue
        met.add(real)
        folders.sort()
        yield from (Path(base, name).relative_to(root).as_posix() for name in sorted(names))


def _key(name: str) -> Key:
    r"""Return the parts of a file name, alike for all ways to write it.

    Examples
    --------
    >>> _key("A\\B.png") == _key("./a/b.PNG")
    True
    """
    alike = unicodedata.normalize("NFC", name).casefold().replace("\\", "/")
    return tuple(part for part in alike.split("/") if part not in ("", ".")) or ("",)
