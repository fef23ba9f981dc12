"""Bytes on disk or at a URL: read, mapped, written so that a file is whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.links import is_link, refuse_link
from cocosynth.core.node import refuse_unseen
from cocosynth.core.urls import as_url

MAX_LINE = 1 << 26
"""The longest line read, in bytes: thousands of times what a scene of ours takes."""


def read_bytes(path: str | Path, *, cached: bool = False) -> bytes:
    """Return what a file holds.

    Parameters
    ----------
    path : str or Path
    cached : bool
        A file of a source, which may come out of the cache where it is at a URL.

    Raises
    ------
    CocosynthError
        If it cannot be read; the text names the file and says why.
    """
    if url := as_url(path):
        return local(url).read_bytes() if cached else url.read_bytes()
    try:
        _refuse_irregular(path)
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        refuse_unseen(path)
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None


def local(path: str | Path) -> Path:
    """Return the file of this machine that holds what a file holds: for a URL, it is fetched.

    Raises
    ------
    CocosynthError
        If there is nothing at the URL, or it cannot be fetched.
    """
    if url := as_url(path):
        from cocosynth.core.storage import cache

        return cache.local(url)
    return Path(path)


def _refuse_irregular(path: str | Path) -> None:
    """Refuse a file that is not there, and what has no end, such as a pipe.

    Raises
    ------
    CocosynthError
    """
    if not Path(path).is_file():
        refuse_unseen(path)
        what = "is not a regular file" if Path(path).exists() else "does not exist"
        what = "is a folder; name a file" if Path(path).is_dir() else what
        raise CocosynthError(f"{path}: {what}")


def why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def mapped(path: Path) -> NDArray[np.uint8]:
    """Return the bytes of a file as an array that is read from disk where it is looked at.

    Raises
    ------
    StoppedError
        If it cannot be: we wrote it.
    """
    there = local(path)
    try:  # a plain array is cut up faster
        return np.asarray(np.memmap(there, dtype=np.uint8, mode="r"))
    except OSError as error:
        refuse_unseen(there)
        raise StoppedError(f"{path}: cannot be read: {why(error)}") from None


def lines(path: str | Path) -> Iterator[bytes]:
    """Yield the lines of a file, without holding more than one.

    Raises
    ------
    CocosynthError
        If it cannot be read, or a line is too long to be one of text.
    """
    try:
        path = local(path)
        _refuse_irregular(path)
        with path.open("rb") as stream:
            while line := stream.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    raise CocosynthError(f"{path}: a line is longer than {MAX_LINE} bytes")
                yield line
    except (OSError, ValueError) as error:
        refuse_unseen(path)
        raise CocosynthError(f"{path}: cannot be read: {why(error)}") from None


def refuse_impossible(path: str | Path) -> None:
    """Refuse a path that can lead to nothing, such as one too long, or links in a circle.

    Raises
    ------
    CocosynthError
    """
    if as_url(path):
        return
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise CocosynthError(f"{path}: cannot be used: {why(error)}") from None


def is_there(path: str | Path) -> bool:
    """Say whether there is a file or folder of this name; a name that no file can have is none."""
    url = as_url(path)
    return os.path.exists(path) if url is None else url.exists()


def is_file(path: str | Path) -> bool:
    url = as_url(path)
    return os.path.isfile(path) if url is None else url.is_file()


def is_folder(path: str | Path) -> bool:
    """Say whether there is a folder of this name; a name that no file can have is none."""
    url = as_url(path)
    return os.path.isdir(path) if url is None else url.is_dir()


@contextmanager
def atomic(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is complete.

    Several processes, on several machines, may write the same file at once.
    """
    if url := as_url(path):
        from cocosynth.core.storage import cache

        with cache.uploaded(url) as stream:
            yield stream
        return
    folder, _ = os.path.split(path)  # each image is written here, and a `Path` takes a while
    partial = os.path.join(folder, f".{os.urandom(12).hex()}.partial")  # of this call alone
    try:
        with open(partial, "xb") as stream:  # noqa: PTH123
            yield stream
        os.replace(partial, path)  # noqa: PTH105
    except BaseException as error:
        with suppress(OSError):
            os.unlink(partial)  # noqa: PTH108
        if isinstance(error, OSError):
            raise StoppedError(f"{path}: cannot be written: {why(error)}") from None
        raise


@contextmanager
def temporary(folder: Path) -> Iterator[IO[bytes]]:
    """Open a file without a name in a folder, to write and read back; it is gone once closed."""
    if as_url(folder):
        folder = Path(tempfile.gettempdir())
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            yield stream
    except OSError as error:
        raise StoppedError(f"{folder}: cannot be written to: {why(error)}") from None


def remove_partial(folder: Path) -> None:
    """Delete what a process left in a folder that was killed while it wrote a file."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith(".") and name.endswith(".partial"):
                remove(Path(place, name))


def writing_behind(folder: Path) -> AbstractContextManager[None]:
    """Let files that are written into a folder at a URL be put while the next ones are made."""
    if as_url(folder) is None:
        return nullcontext()
    from cocosynth.core.storage import behind

    return behind.writing()


def write_atomic(path: str | Path, content: bytes) -> None:
    if url := as_url(path):  # a store puts all of a file or nothing
        from cocosynth.core.storage import remote

        remote.write(url, content)
        return
    with atomic(path) as stream:
        stream.write(content)


def make_folder(path: str | Path) -> Path:
    if url := as_url(path):  # a store has no folders
        return url
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for each in (Path(path), *Path(path).parents):
            if isinstance(error, FileExistsError) and each.is_symlink() and not each.exists():
                raise StoppedError(f"{each}: is a link that leads nowhere; remove it") from None
        raise StoppedError(f"{path}: cannot be made a folder: {why(error)}") from None
    return Path(path)


def make_folder_in(folder: Path, name: str) -> Path:
    """Make a folder inside of one that the user named.

    Parameters
    ----------
    folder : Path
    name : str
        May be several folders, with forward slashes.

    Raises
    ------
    CocosynthError
        If the name leads out, or there is a link in its place.
    """
    made = folder
    for part in name.split("/"):
        if part in (".", ".."):
            raise CocosynthError(f"{name!r}: cannot name a folder inside of {folder}")
        made /= part
        refuse_link(made)
    return make_folder(made)


def remove(path: Path) -> None:
    """Delete a file or a folder with all it holds; one that is not there is as good.

    Of a link, only the link goes.
    """
    if url := as_url(path):
        from cocosynth.core.storage import deleting

        deleting.delete_all(url)
        return
    if path.is_dir() and not is_link(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
