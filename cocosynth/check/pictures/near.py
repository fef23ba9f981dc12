"""Pictures that look alike: copies that were encoded again, resized or cropped.

Each picture gets a perceptual hash of 64 bits (the pHash of the package imagehash), and so does
each of some windows in it, as a cropped copy looks like one of them. Pictures are near where the
hash of one and a hash of the other differ in a few bits. Whether they show the same is for a person
to judge: two takes of one scene are near as well, and a strong crop is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from cocosynth.check.pictures.contents import Images
from cocosynth.check.pictures.hamming import Numbers, Rows, within
from cocosynth.core.errors import UnusableError, one_line
from cocosynth.core.executors import Executor
from cocosynth.core.images import read_image
from cocosynth.core.optional import optional
from cocosynth.core.progress import Progress, silent

WITHIN = 10
"""Bits of 64 in which near pictures may differ. Of two pictures that have nothing in common, the
nearest hashes differ in 14 and more."""

SHOWN = 50
"""Pairs in the list for people."""

_SIDE = 128  # of the thumbnail that hashes are taken of
_FLAT = 8  # grey levels: the hash of a window that varies less says nothing
_SCALES = {0.96: 3, 0.92: 3, 0.88: 3, 0.84: 3, 0.8: 4, 0.75: 4}  # of windows, to places on an axis
_BATCH = 16  # pictures at a time


class Near(NamedTuple):
    """Two images that look alike.

    Attributes
    ----------
    distance : int
        Bits in which their hashes differ, 0 to `WITHIN`.
    is_crop : bool
        Whether one looks like a part of the other.
    files, images : tuple of (str, str)
        Their annotation files, and their file names there.
    """

    distance: int
    is_crop: bool
    files: tuple[str, str]
    images: tuple[str, str]


class NearImages(NamedTuple):
    """What `near_images` found.

    Attributes
    ----------
    pairs : list of Near
        The nearest first.
    unread : int
        How many images have no file that can be read.
    """

    pairs: list[Near]
    unread: int


@dataclass(frozen=True)
class _Batch:
    paths: list[str]

    def __str__(self) -> str:
        return f"image {self.paths[0]}"


def near_images(
    files: Sequence[Images], *, executor: Executor, progress: Progress = silent
) -> NearImages:
    """List images that look alike: of two files each, or of the one that is given.

    Parameters
    ----------
    files : sequence of Images
    executor : Executor
        Where the pictures are read.
    progress : Progress, optional
        Sees them pass by.

    Returns
    -------
    NearImages

    Raises
    ------
    CocosynthError
        If the package imagehash is not installed.
    """
    optional("imagehash", extra="near")
    paths = [path for images in files for path in images.files if path is not None]
    batches = (_Batch(paths[start : start + _BATCH]) for start in range(0, len(paths), _BATCH))
    answers = progress("looking for near images", executor(_hashes, batches), len(paths), len)
    found = (each for answer in answers for each in answer)
    hashed = [_Hashed.of([None if path is None else next(found) for path in images.files])
              for images in files]  # fmt: skip
    either = [(0, 0)] if len(files) == 1 else combinations(range(len(files)), 2)
    pairs = [
        Near(
            distance, is_crop,
            (files[a].path, files[b].path), (files[a].names[i], files[b].names[j]),
        )
        for a, b in either
        for i, j, distance, is_crop in _near(hashed[a], hashed[b], same=a == b)
    ]  # fmt: skip
    unread = sum(each.unread for each in hashed)
    return NearImages(sorted(pairs), unread)


def near_text(near: NearImages) -> str:
    """Return the list for people."""
    pairs, unread = near
    lines = [
        f"  {distance}{' (crop)' if is_crop else ''}: {images[0]} ({files[0]}), "
        f"{images[1]} ({files[1]})"
        for distance, is_crop, files, images in pairs[:SHOWN]
    ]
    lines += [f"  and {len(pairs) - SHOWN} more: --json lists all"] if len(pairs) > SHOWN else []
    lines += [f"note: {unread} images cannot be read and were not compared"] if unread else []
    count = f"{len(pairs)} pair{'' if len(pairs) == 1 else 's'} of images look alike"
    heading = f"near: {count}, at a distance of at most {WITHIN} of 64; judge them by eye"
    return "\n".join(map(one_line, [heading, *lines]))


def near_record(near: NearImages) -> dict[str, Any]:
    """Return the list as JSON has it, all of it."""
    pairs = [pair._asdict() for pair in near.pairs]
    return {"within": WITHIN, "unread": near.unread, "pairs": pairs}


def _hashes(batch: _Batch) -> list[Numbers | None]:
    """Return the hashes of some pictures, that of the whole first; None for what is no picture."""
    return [_of_picture(path) for path in batch.paths]


def _of_picture(path: str) -> Numbers | None:
    try:
        pixels = read_image(path, upright=True)
    except UnusableError:
        return None
    grey = pillow.fromarray(pixels).convert("L").resize((_SIDE, _SIDE), pillow.Resampling.BOX)
    levels = np.asarray(grey)
    windows = [
        (left, top, left + side, top + side)
        for side, starts in _WINDOWS
        for left in starts
        for top in starts
        if levels[top : top + side, left : left + side].std() >= _FLAT
    ]
    return np.array([_phash(grey), *(_phash(grey.crop(window)) for window in windows)])


def _phash(grey: pillow.Image) -> np.uint64:
    bits = optional("imagehash", extra="near").phash(grey).hash
    return np.packbits(bits.ravel()).view(np.uint64)[0]


def _windows() -> Iterator[tuple[int, list[int]]]:
    for scale, places in _SCALES.items():
        side = round(scale * _SIDE)
        yield side, np.linspace(0, _SIDE - side, places).round().astype(int).tolist()


_WINDOWS = list(_windows())


@dataclass(frozen=True, eq=False)
class _Hashed:
    """The hashes of the images of a file, one after the other.

    Attributes
    ----------
    numbers : ndarray of uint64, shape (n,)
    image : ndarray of int, shape (n,)
        The row of the image that each is of.
    whole : ndarray of bool, shape (n,)
        Whether it is that of the whole image, not of a window.
    unread : int
    """

    numbers: Numbers
    image: Rows
    whole: NDArray[np.bool_]
    unread: int

    @classmethod
    def of(cls, found: Sequence[Numbers | None]) -> _Hashed:
        counts = np.array([0 if each is None else len(each) for each in found], dtype=np.int64)
        image = np.repeat(np.arange(len(found)), counts)
        whole = np.ones(len(image), dtype=np.bool_)
        whole[1:] = image[1:] != image[:-1]
        known = [each for each in found if each is not None]
        numbers = np.concatenate(known) if known else np.empty(0, np.uint64)
        return cls(numbers, image, whole, len(found) - len(known))


def _near(a: _Hashed, b: _Hashed, *, same: bool) -> Iterator[tuple[int, int, int, bool]]:
    """Yield the rows of near images of two files, their distance, and whether one is a crop."""
    found: list[Rows] = [np.empty((0, 4), np.int64)]
    for one, other, turned in ((a, b, False), (b, a, True)):
        wholes = np.flatnonzero(one.whole)
        for query, row, distance in within(WITHIN, one.numbers[wholes], other.numbers):
            i, j = one.image[wholes[query]], other.image[row]
            i, j = (j, i) if turned else (i, j)
            pairs: Rows = np.stack((i, j, distance, ~other.whole[row]), axis=1).astype(np.int64)
            found.append(pairs[i < j] if same else pairs)
    pairs = np.concatenate(found)
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    first = np.ones(len(pairs), np.bool_)
    first[1:] = (pairs[1:, :2] != pairs[:-1, :2]).any(axis=1)
    for i, j, distance, is_crop in pairs[first].tolist():
        yield i, j, distance, bool(is_crop)
