"""An instance about to be augmented, and the canvas that it is for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cocosynth.core.values import Box, Layer, Size


@dataclass(frozen=True, eq=False)
class Subject:
    """What a step with the class attribute ``looks_around = True`` is given as ``subject``.

    Attributes
    ----------
    category_id : int
    photo : tuple of int
        Height and width of its source image.
    area : callable
        Returns the number of its mask pixels in the source.
    box : Box
        Around its mask in the source.
    is_cut : bool
        Whether a border of its source image cuts it.
    layers : sequence of Layer
        What the canvas holds: the background's own annotations (`annotation_id` is set), and what
        has been placed.
    """

    category_id: int
    photo: Size
    area: Callable[[], int]
    box: Box
    is_cut: bool
    layers: Sequence[Layer]

    @property
    def standing(self) -> tuple[float, float]:
        """Where its lower edge is in the source, and its size, in fractions of that."""
        (height, width), (rows, cols) = self.photo, self.box.size
        return self.box.bottom / height, math.sqrt(rows * cols / (height * width))
