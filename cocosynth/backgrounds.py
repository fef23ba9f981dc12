"""The backgrounds of a build, their annotations on disk: a worker reads those that it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth import files
from cocosynth.claims import Claims
from cocosynth.sources import BackgroundPhoto
from cocosynth.structures import Size


class StoredBackgrounds:
    """Backgrounds by number, for workers to share.

    Parameters
    ----------
    path : Path
        Holds the annotations, background after background.
    photos : ndarray of int, shape (n,)
    stops : ndarray of int, shape (n,)
        Where the annotations of each end in the file.
    """

    def __init__(self, path: Path, photos: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        self._path, self._photos, self._stops = path, photos, stops
        self._content: NDArray[np.uint8] | None = None
        self._last: tuple[int, Claims] | None = None

    def __reduce__(self) -> Any:
        return StoredBackgrounds, (self._path, self._photos, self._stops)

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, position: int) -> StoredBackground:
        return StoredBackground(int(self._photos[position]), position, self)

    def claims(self, position: int, size: Size) -> Claims:
        """Return what a background's annotations claim; those asked for last are remembered.

        Images are scheduled by background: the next one often has the same.
        """
        if self._last is None or self._last[0] != position:
            self._last = position, self._read(position).claims(size)
        return self._last[1]

    def _read(self, position: int) -> BackgroundPhoto:
        start, stop = self._stops[position - 1] if position else 0, self._stops[position]
        if start == stop:
            return BackgroundPhoto(int(self._photos[position]))
        if self._content is None:
            self._content = files.mapped(self._path)
        return msgspec.json.decode(self._content[start:stop].tobytes(), type=BackgroundPhoto)


@dataclass(frozen=True, eq=False)
class StoredBackground:
    """One of them; nothing is read before its claims are asked for."""

    photo: int
    position: int
    owner: StoredBackgrounds

    def claims(self, size: Size) -> Claims:
        return self.owner.claims(self.position, size)


def store_backgrounds(path: Path, backgrounds: Sequence[BackgroundPhoto]) -> StoredBackgrounds:
    """Write the annotations of backgrounds to a file; nobody may change it while it is in use."""
    stops = []
    with files.atomic(path) as stream:
        for background in backgrounds:
            if background.annotations:
                stream.write(msgspec.json.encode(background))
            stops.append(stream.tell())
    photos = np.array([background.photo for background in backgrounds], dtype=np.int64)
    return StoredBackgrounds(path, photos, np.array(stops, dtype=np.int64))
