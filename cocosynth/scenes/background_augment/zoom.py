"""Nearer or farther away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Size
from cocosynth.scenes.background_augment.view import GREY, View


@dataclass(frozen=True)
class Zoom:
    """Show a smaller or a larger part of the background, anywhere in it.

    Parameters
    ----------
    zoom_range : tuple of float
        1 is what `canvas.fit` makes of it; 2 shows half of that in each direction, twice as large;
        0.5 twice as much, half as large, with padding around where the photograph ends. From 0.05
        to 20. Large-scale jitter is [0.1, 2].
    padding : int
        The grey level of the padding, from 0 to 255.
    p : float
        Probability, from 0 to 1.
    """

    zoom_range: Range = (1.0, 1.5)
    padding: int = GREY
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("zoom_range", self.zoom_range, low=0.05, high=20)
        if not 0 <= self.padding <= 255:
            raise ValueError(f"padding must lie in [0, 255], got {self.padding}")
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator, *, photo: Size, canvas: Size) -> View | None:
        happens, zoom = rng.random() < self.p, uniform(rng, self.zoom_range)
        return View(zoom=zoom, padding=self.padding) if happens else None
