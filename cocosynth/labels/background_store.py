"""The backgrounds of a build, their annotations on disk: a worker reads those that it uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.values import Size
from cocosynth.labels.background_masks import BackgroundMasks, decode_masks
from cocosynth.sources.catalogue import BackgroundPhoto


class BackgroundStore:
    """Backgrounds by position, for workers to share.

    Parameters
    ----------
    path : Path
        Holds the annotations, background after background.
    photos : ndarray of int, shape (n,)
        The number of the photo of each.
    stops : ndarray of int, shape (n,)
        Where the annotations of each end in the file.
    """

    def __init__(self, path: Path, photos: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        self.photos = photos
        self._path, self._stops = path, stops
        self._content: NDArray[np.uint8] | None = None
        self._last: tuple[int, BackgroundMasks] | None = None

    def __reduce__(self) -> Any:
        return BackgroundStore, (self._path, self.photos, self._stops)

    def __len__(self) -> int:
        return len(self.photos)

    def masks(self, position: int, size: Size) -> BackgroundMasks:
        """Return the masks of a background's annotations; those asked for last are remembered.

        Images are scheduled by background: the next one often has the same.

        Parameters
        ----------
        position : int
        size : tuple of int
            Height and width of the photo.
        """
        last = self._last  # another thread may change it
        if last is None or last[0] != position:
            last = self._last = position, decode_masks(self._read(position), size)
        return last[1]

    def _read(self, position: int) -> BackgroundPhoto:
        start, stop = self._stops[position - 1] if position else 0, self._stops[position]
        if start == stop:
            return BackgroundPhoto(int(self.photos[position]))
        if self._content is None:
            self._content = files.mapped(self._path)
        return msgspec.json.decode(self._content[start:stop].tobytes(), type=BackgroundPhoto)


def store_backgrounds(path: Path, backgrounds: Sequence[BackgroundPhoto]) -> BackgroundStore:
    """Write the annotations of backgrounds to a file; nobody may change it while it is in use."""
    stops = []
    with files.atomic(path) as stream:
        for background in backgrounds:
            if background.annotations:
                annotations = tuple(background.annotations)
                stream.write(msgspec.json.encode(replace(background, annotations=annotations)))
            stops.append(stream.tell())
    photos = np.array([background.photo for background in backgrounds], dtype=np.int64)
    return BackgroundStore(path, photos, np.array(stops, dtype=np.int64))
