"""Places that are no folders of this machine: URLs, and the one function that tells them apart.

A `Url` has those methods of `Path` that the rooms above use, and for the type checker it is one: so
one piece of code serves both. It is no `Path` when the program runs: what would open it past
`core.files` fails at once, in place of reading a folder named ``s3:``.
"""

from __future__ import annotations

import functools
import os
import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cocosynth.core.errors import CocosynthError

if TYPE_CHECKING:
    _Base = Path
else:
    _Base = object

SCHEMES = ("s3", "gs", "az", "abfs", "abfss", "memory")
"""Of URLs that are read and written; ``file`` is a path of this machine."""

_ANY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", re.DOTALL)
_OTHERS = frozenset(("http", "https", "ftp", "sftp", "ssh", "hdfs", "hf", "gcs", "s3a", "s3n"))


@functools.total_ordering
class Url(_Base):
    """A file or folder in object storage.

    Parameters
    ----------
    scheme : str
    path : str
        The bucket and the key, with single slashes between them.
    """

    __slots__ = ("_path", "scheme")

    def __init__(self, scheme: str, path: str) -> None:
        self.scheme = scheme
        self._path = path.strip("/")

    def __reduce__(self) -> Any:
        return Url, (self.scheme, self._path)

    def __str__(self) -> str:
        return f"{self.scheme}://{self._path}"

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def __fspath__(self) -> str:
        raise TypeError(f"{self}: is no path of this machine; open it by cocosynth.core.files")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Url) and str(self) == str(other)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __truediv__(self, name: str | os.PathLike[str]) -> Url:
        joined = posixpath.normpath(posixpath.join(self._path, str(name)))
        if joined.split("/", 1)[0] != self.bucket:
            raise CocosynthError(f"{name}: leads out of {self}")
        return Url(self.scheme, joined)

    @property
    def key(self) -> str:
        """The bucket and the key, as fsspec names what is there."""
        return self._path

    @property
    def bucket(self) -> str:
        return self._path.split("/", 1)[0]

    @property
    def parts(self) -> tuple[str, ...]:
        return (f"{self.scheme}://", *self._path.split("/"))

    @property
    def name(self) -> str:
        return posixpath.basename(self._path)

    @property
    def stem(self) -> str:
        return posixpath.splitext(self.name)[0]

    @property
    def suffix(self) -> str:
        return posixpath.splitext(self.name)[1]

    @property
    def parent(self) -> Url:
        return Url(self.scheme, posixpath.dirname(self._path) or self._path)

    @property
    def parents(self) -> tuple[Url, ...]:
        """All folders above, the nearest first."""
        above, folder = [], self
        while folder.parent != folder:
            folder = folder.parent
            above.append(folder)
        return tuple(above)

    def as_posix(self) -> str:
        return str(self)

    def with_suffix(self, suffix: str) -> Url:
        return Url(self.scheme, posixpath.splitext(self._path)[0] + suffix)

    def with_name(self, name: str) -> Url:
        return self.parent / name

    def absolute(self) -> Url:
        return self

    def resolve(self, strict: bool = False) -> Url:
        return self

    def is_absolute(self) -> bool:
        return True

    def is_symlink(self) -> bool:
        return False

    def exists(self, **_: Any) -> bool:
        from cocosynth.core.storage import remote

        return remote.kind(self) is not None

    def is_file(self, **_: Any) -> bool:
        from cocosynth.core.storage import remote

        return remote.status(self) is not None

    def is_dir(self, **_: Any) -> bool:
        from cocosynth.core.storage import remote

        return remote.kind(self) == "folder"

    def iterdir(self) -> Iterator[Url]:  # type: ignore[override]
        from cocosynth.core.storage import remote

        return iter([self / name for name in remote.names_in(self)])

    def glob(self, pattern: str, **_: Any) -> Iterator[Url]:  # type: ignore[override]
        """Yield what is in this folder and has a name of a pattern."""
        return (entry for entry in self.iterdir() if fnmatchcase(entry.name, pattern))

    def read_bytes(self) -> bytes:
        from cocosynth.core.storage import remote

        return remote.read(self)

    def rmdir(self) -> None:
        """Do nothing: a folder is there as long as something is in it."""


def as_url(path: object) -> Url | None:
    """Return a path as a URL; None if it is none.

    Raises
    ------
    CocosynthError
        If it is one of a kind that is not read.
    """
    if isinstance(path, Url):
        return path
    text = path if isinstance(path, str) else str(path)
    if ":/" not in text:
        return None
    found = _ANY.fullmatch(text)
    if found is None:
        return None
    scheme, rest = found[1].lower(), found[2]
    if scheme in SCHEMES:
        if not rest.strip("/"):
            raise CocosynthError(f"{text}: names no bucket; write {scheme}://bucket/folder")
        return Url(scheme, rest)
    if scheme in _OTHERS or ("://" in text and scheme != "file"):
        known = ", ".join(f"{name}://" for name in ("s3", "gs", "az", "file"))
        raise CocosynthError(
            f"{scheme}://{rest}: is a URL of a kind that is not read; there are {known}"
        )
    return None


def is_url(path: object) -> bool:
    return as_url(path) is not None


def place(path: str | os.PathLike[str]) -> Path:
    """Return where a path that a user gave leads: a `Path`, or a `Url`.

    Examples
    --------
    >>> place("s3://bucket/a") / "b"
    Url('s3://bucket/a/b')
    >>> place("file:///a/b").as_posix()
    '/a/b'
    """
    url = as_url(path)
    if url is not None:
        return url
    text = str(path)
    if text.lower().startswith("file:/"):
        return Path("/" + unquote(text[5:].removeprefix("//localhost/").lstrip("/")))
    return Path(path)


def at(folder: Path, name: str | os.PathLike[str]) -> Path:
    """Return where a name of a configuration leads that starts from a folder, unless it is whole.

    Examples
    --------
    >>> at(Path("a"), "b").as_posix(), at(Path("a"), "s3://b/c")
    ('a/b', Url('s3://b/c'))
    """
    text = str(name)
    whole = ":/" in text and (text.lower().startswith("file:/") or is_url(text))
    return place(name) if whole or os.path.isabs(text) else folder / name
