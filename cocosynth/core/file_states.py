"""What the system knows of many files: asked once of each, however many stages need it."""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_TABLE = np.dtype([("device", np.uint64), ("inode", np.uint64), ("length", np.uint64)])


class FileState(NamedTuple):
    """What the system knows of a file: which one it is, its length, when it was written."""

    device: int
    inode: int
    length: int
    changed: int


class FileStates:
    """The states of many files by number; of some it is not known.

    Examples
    --------
    >>> states = FileStates()
    >>> states[3] = FileState(1, 2, 3, 4)
    >>> states[3], states[2], states[9]
    (FileState(device=1, inode=2, length=3, changed=4), None, None)
    """

    def __init__(self) -> None:
        self._numbers = array("Q")
        self._changed = array("q")

    def __setitem__(self, number: int, state: FileState | None) -> None:
        missing = number + 1 - len(self._changed)
        if missing > 0:
            self._changed.extend([0] * missing)
            self._numbers.extend([0] * 3 * missing)
        if state is not None:
            self._numbers[3 * number : 3 * number + 3] = array("Q", state[:3])
            self._changed[number] = state.changed

    def __getitem__(self, number: int) -> FileState | None:
        if number >= len(self._changed) or not self._changed[number]:
            return None
        device, inode, length = self._numbers[3 * number : 3 * number + 3]
        return FileState(device, inode, length, self._changed[number])

    def table(self, count: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Return device, inode and length of so many files, and of which they are known."""
        self[max(count - 1, 0)] = None
        found = np.array(self._numbers, dtype=np.uint64).reshape(-1, 3).view(_TABLE)[:, 0]
        return found, np.array(self._changed) != 0
