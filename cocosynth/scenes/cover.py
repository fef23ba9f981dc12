"""Hide objects as much as they are to be hidden: by those that are pasted after them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from cocosynth.core.randomness import rng_for
from cocosynth.core.values import Box
from cocosynth.labels.label_image import LabelImage
from cocosynth.scenes.sampling.options import VISIBLE, Occlusion


def least_visible(occlusion: Occlusion | None, area: int) -> int:
    """Return how many pixels of an object must stay visible.

    Examples
    --------
    >>> least_visible("partial", 1000), least_visible(None, 1000)
    (650, 0)
    """
    return 0 if occlusion is None else math.ceil(VISIBLE[occlusion][0] * area)


class Cover:
    """The objects of one canvas that are still to be hidden.

    Parameters
    ----------
    label_image : LabelImage
    key : tuple of (int, str, ...)
        Of the stream of random numbers.
    """

    def __init__(self, label_image: LabelImage, key: tuple[Any, ...]) -> None:
        self._label_image, self._key = label_image, key
        self._waiting: dict[int, float] = {}

    @cached_property
    def _rng(self) -> np.random.Generator:
        return rng_for(*self._key)  # mostly nothing is to be hidden

    @property
    def is_wanted(self) -> bool:
        """Whether any object is still to be hidden."""
        return bool(self._waiting)

    def add(self, occlusion: Occlusion | None) -> None:
        """Take note of the object that was pasted last; drop those that are hidden by now."""
        if occlusion is None:
            return
        if occlusion != "none":
            self._waiting[self._label_image.pasted - 1] = math.nextafter(VISIBLE[occlusion][1], 0)
        hidden = self._label_image.is_hidden
        self._waiting = {one: most for one, most in self._waiting.items() if not hidden(one, most)}

    def places(self, box: Box, tries: int) -> Iterator[tuple[tuple[int, int], tuple[int, float]]]:
        """Yield places where an object meets one that is to be hidden.

        Parameters
        ----------
        box : Box
            Of the mask of the object that is to be placed.
        tries : int
            Places for each.

        Yields
        ------
        place : tuple of int
            Row and column.
        hiding : tuple of (int, float)
            As `LabelImage.paste` takes it.
        """
        for pasted, most in list(self._waiting.items()):
            other = self._label_image.box_of_pasted(pasted)
            for down, across in self._rng.random((tries, 2)).tolist():
                top = other.top - box.bottom + 1
                left = other.left - box.right + 1
                row = top + int(down * (other.bottom - 1 - box.top - top))
                col = left + int(across * (other.right - 1 - box.left - left))
                yield (row, col), (pasted, most)
