"""Bytes and folders on disk; this module and `images` are the only ones that open paths."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cocosynth.errors import CocosynthError

IMAGE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".ppm", ".pgm")
)


def resource(name: str) -> Path:
    """Return the path of a file shipped with the package, such as ``schemas/coco.schema.json``.

    In a wheel `schemas/` and `sample_data/` lie inside the package; in a checkout and in an
    editable install they stand beside it.
    """
    package = Path(__file__).parent
    for root in (package, package.parent):
        if (root / name).exists():
            return root / name
    raise CocosynthError(f"{name} is missing from this installation; install cocosynth again")


def read_bytes(path: str | Path) -> bytes:
    """Return what a file holds.

    Raises
    ------
    CocosynthError
        If it cannot be read; the text names the file and says why.
    """
    try:
        if not Path(path).is_file():
            what = "is not a regular file" if Path(path).exists() else "does not exist"
            raise CocosynthError(f"{path}: {what}")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise CocosynthError(f"{path}: cannot be read: {_why(error)}") from None


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def sha256(path: str | Path) -> str:
    with Path(path).open("rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def identities(paths: Sequence[str]) -> list[str]:
    """Return a name for the content of each file, the same for files that are equal byte for byte.

    Only files of the same length are read.
    """
    real = [os.path.realpath(path) for path in paths]
    lengths: dict[int, set[str]] = {}
    for path in real:
        lengths.setdefault(os.path.getsize(path), set()).add(path)
    names = {
        path: sha256(path) if len(alike) > 1 else path
        for alike in lengths.values()
        for path in alike
    }
    return [names[path] for path in real]


@contextmanager
def atomic(path: str | Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears under its name only once it is complete."""
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(target)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError):
            raise CocosynthError(f"{target}: cannot be written: {_why(error)}") from None
        raise


def write_atomic(path: str | Path, content: bytes) -> None:
    with atomic(path) as stream:
        stream.write(content)


def make_folder(path: str | Path) -> Path:
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CocosynthError(f"{path}: cannot be made a folder: {_why(error)}") from None
    return Path(path)


def remove(path: Path) -> None:
    """Delete a file or a folder with all it holds; one that is not there is as good."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def image_files(folder: str | Path) -> list[str]:
    """List the images below a folder as sorted relative paths with forward slashes.

    Raises
    ------
    CocosynthError
        If the folder does not exist or holds no image.
    """
    root = Path(folder)
    if not root.is_dir():
        raise CocosynthError(f"{folder}: no such folder")
    names = sorted(
        (Path(base) / name).relative_to(root).as_posix()
        for base, _, names in os.walk(root)
        for name in names
        if Path(name).suffix.lower() in IMAGE_SUFFIXES and not name.startswith(".")
    )
    if not names:
        raise CocosynthError(f"{folder}: holds no image ({', '.join(sorted(IMAGE_SUFFIXES))})")
    return names
