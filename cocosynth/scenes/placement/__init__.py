"""Placements: where an instance may go; one file each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

from cocosynth.core.values import Size
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.source import Source
from cocosynth.scenes.placement.uniform import Uniform

PLACEMENTS: dict[str, type] = {"source": Source, "uniform": Uniform}


class PlacementStrategy(Protocol):
    """Proposes places; planning takes the first that keeps every label honest.

    Attributes
    ----------
    max_truncation : float
        The largest fraction of an instance's mask that may lie outside of the canvas.
    max_overlap : float
        The largest fraction of the smaller of two objects that a paste may newly cover.
    """

    @property
    def max_truncation(self) -> float: ...

    @property
    def max_overlap(self) -> float: ...

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, canvas: Size
    ) -> Iterator[tuple[int, int]]:
        """Yield a bounded number of places.

        Yields
        ------
        row, col : int
            Where the first pixel of the candidate's mask goes; it may lie outside of the canvas.
        """
