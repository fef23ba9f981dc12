"""The instances available for pasting: cut out once, laid out on disk, read by every worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.keypoints import checked_keypoints
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.values import Box, Keypoints, Octagon, Rgba, Size

WHOLE = 0.8
"""From here on an instance passes for whole: reports count those below."""


MAPPED_BYTES = 128 << 20
"""Of a bank in the memory of a worker, about; what is looked at again is in the system's cache."""

ENTRY = np.dtype(
    [
        ("part", "i4"),
        ("offset", "i8"),
        ("height", "i4"),
        ("width", "i4"),
        ("category_id", "i8"),  # on disk its place in `Catalogue.pasted`: ids depend on backgrounds
        ("photo", "i4"),
        ("annotation_id", "i8"),  # -1 for cut-outs, which have none
        ("borders", "?", (4,)),
        ("top", "i4"),  # of its pixels in the source image
        ("left", "i4"),
        ("octagon", "i4", (8, 2)),
        ("pixels", "i4"),  # bytes of its pixels, in all the ways in which they were prepared; 0
        # where only its shape is known, as its photo was not decoded, or cannot be
        ("keypoints", "i4"),  # bytes behind them, of its keypoints
        ("whole", "f4"),  # from 0 to 1
        ("matted", "?"),
        ("sharpness", "f4"),  # from 0 to 1
        ("area", "i4"),  # pixels of its mask
    ]
)


class Entry(NamedTuple):
    """What is known of an instance; one row of `Bank.entries`."""

    part: int
    offset: int
    height: int
    width: int
    category_id: int
    photo: int
    annotation_id: int
    borders: NDArray[np.bool_]
    top: int
    left: int
    octagon: NDArray[np.int32]
    pixels: int
    keypoints: int
    whole: float
    matted: bool
    sharpness: float
    area: int

    @property
    def size(self) -> Size:
        return self.height, self.width

    @property
    def box(self) -> Box:
        """Where its pixels lie in its source image."""
        return Box(self.top, self.left, self.top + self.height, self.left + self.width)


_KNOWN = 4096  # entries that are kept as they are asked for


class Wholeness(NamedTuple):
    """How many instances there are, and how many of them are less whole than `WHOLE`."""

    instances: int
    below: int

    def __str__(self) -> str:
        return (
            f"{self.below} of {self.instances} instances are less than {WHOLE:g} whole: "
            f"`whole: {WHOLE:g}` on a foreground skips such"
        )


class _Parts:
    """The files of a bank, mapped into memory, and let go of before all of them are in it."""

    def __init__(self) -> None:
        self._mapped: dict[int, NDArray[np.uint8]] = {}
        self._looked_at = 0

    def open(self, folder: Path, number: int, count: int) -> NDArray[np.uint8]:
        """Return a file, of which so many bytes are going to be looked at."""
        self._looked_at += count
        if self._looked_at > MAPPED_BYTES:
            self._mapped.clear()
            self._looked_at = count
        part = self._mapped.get(number)
        if part is None:
            part = self._mapped[number] = files.mapped(part_file(folder, number))
        return part


@dataclass(frozen=True, eq=False)
class Bank:
    """Instances by number; pixels stay on disk until asked for.

    Attributes
    ----------
    entries : ndarray of ENTRY, shape (n,)
    folder : Path
    hashes : mapping of int to mapping
        The sha256 of the files of each photo, as they were when it was cut out. Workers have none.
    distractors : ndarray of int
        The numbers of the instances that are no objects, but distractors. Workers have none.
    """

    entries: NDArray[Any]
    folder: Path
    hashes: Mapping[int, Mapping[str, str]] = field(default_factory=dict, repr=False)
    distractors: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp), repr=False)
    _parts: _Parts = field(default_factory=_Parts, repr=False)
    _known: dict[int, Entry] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.entries)

    def __getstate__(self) -> dict[str, Any]:
        kept = {"entries": self.entries, "folder": self.folder, "_parts": _Parts(), "_known": {}}
        return {**kept, "hashes": {}, "distractors": np.zeros(0, np.intp)}

    @property
    def read_late(self) -> Mapping[int, str]:
        """The sha256 of the photos that were read after the bank was made, by their numbers."""
        return {}

    @property
    def wholeness(self) -> Wholeness:
        below = int(np.count_nonzero(self.entries["whole"] < np.float32(WHOLE)))
        return Wholeness(len(self), below)

    def rgba(self, number: int, preparation: int = 0) -> Rgba:
        """Return the pixels of an instance, ready for blending; read-only.

        Parameters
        ----------
        number : int
        preparation : int
            Which of the ways in which the bank's instances were made ready for pasting.
        """
        entry = self.entry(number)
        length = entry.height * entry.width * 4
        part = self._parts.open(self.folder, entry.part, length)
        start = entry.offset + preparation * length
        return part[start : start + length].reshape(*entry.size, 4)

    def keypoints(self, number: int) -> Keypoints:
        """Return the keypoints of an instance, in its photo; none where none is labelled."""
        entry = self.entry(number)
        if not entry.keypoints:
            return ()
        part = self._parts.open(self.folder, entry.part, entry.keypoints)
        start = entry.offset + entry.pixels
        content = part[start : start + entry.keypoints].tobytes()
        try:
            return checked_keypoints(msgspec.msgpack.decode(content))
        except (msgspec.DecodeError, ValueError, RecursionError, UnusableError) as error:
            raise damaged(part_file(self.folder, entry.part), str(error)) from None

    def entry(self, number: int) -> Entry:
        found = self._known.get(number)
        if found is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            found = self._known[number] = Entry(*self.entries[number].item())
        return found

    def matted(self, number: int) -> bool:
        return bool(self.entries["matted"][number])

    def octagon(self, number: int) -> Octagon:
        octagon: Octagon = self.entries["octagon"][number].tolist()
        return octagon


def damaged(path: Path, reason: str) -> CocosynthError:
    """Return the error of a file in which something else stands than a bank has."""
    return CocosynthError(
        f"{path}: is damaged: {reason}; cut it out again by `python -m cocosynth extract`"
    )


def part_file(folder: Path, number: int) -> Path:
    """Return where the pixels of a part are."""
    return folder / f"{number:06d}.rgba"


def entry_file(folder: Path, number: int) -> Path:
    """Return where the entries of a part are; the file that says that the part is whole."""
    return folder / f"{number:06d}.msgpack"
