"""Anywhere, each place as likely as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.values import Size
from cocosynth.scenes.placement.candidate import Candidate, check_limits


@dataclass(frozen=True)
class Uniform:
    """Put the instance anywhere in the canvas.

    Parameters
    ----------
    max_truncation : float
        The largest fraction of the instance's mask that may lie outside of the canvas.
    max_overlap : float
        The largest fraction of the smaller of two objects that a paste may newly cover.
    flush : bool
        Set an instance that a border of its source image cut flush to that border of the canvas,
        so that nobody sees it end in mid-air, as long as that works in the first half of the tries.
    tries : int
        How many places are proposed before the instance is given up.
    """

    max_truncation: float = 0.25
    max_overlap: float = 0.5
    flush: bool = True
    tries: int = 20

    def __post_init__(self) -> None:
        check_limits(self.max_truncation, self.max_overlap, self.tries)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, canvas: Size
    ) -> Iterator[tuple[int, int]]:
        draws = rng.random((self.tries, 2)).tolist()  # all at once, however many are tried
        limits = candidate.limits(canvas, self.max_truncation)
        if limits is None:
            return
        top, bottom, left, right = limits
        for number, (down, across) in enumerate(draws):
            row = top + int(down * (bottom - top + 1)) + candidate.shift[0]
            col = left + int(across * (right - left + 1)) + candidate.shift[1]
            if self.flush and 2 * number < self.tries:
                row, col = candidate.flush(canvas, row, col)
            yield row, col
