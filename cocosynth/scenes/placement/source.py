"""Where the instance was in its own image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Size
from cocosynth.scenes.placement.candidate import Candidate, check_limits


@dataclass(frozen=True)
class Source:
    """Put the instance at the place it had in its source image, relative to the image's size.

    Parameters
    ----------
    jitter : float
        How far it may move from there in each direction, as a fraction of the canvas.
    max_truncation : float
        The largest fraction of the instance's mask that may lie outside of the canvas.
    max_overlap : float
        The largest fraction of the smaller of two objects that a paste may newly cover.
    flush : bool
        Set an instance that a border of its source image cut flush to that border of the canvas,
        as long as that works in the first half of the tries.
    tries : int
        How many places are proposed before the instance is given up.
    """

    jitter: float = 0.05
    max_truncation: float = 0.25
    max_overlap: float = 0.5
    flush: bool = True
    tries: int = 20

    def __post_init__(self) -> None:
        check_fraction("jitter", self.jitter)
        check_limits(self.max_truncation, self.max_overlap, self.tries)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, canvas: Size
    ) -> Iterator[tuple[int, int]]:
        moves = rng.uniform(-self.jitter, self.jitter, (self.tries, 2)).tolist()
        height, width = candidate.mask.shape
        for number, (down, across) in enumerate(moves):
            row = round((candidate.home[0] + down) * canvas[0] - height / 2) + candidate.shift[0]
            col = round((candidate.home[1] + across) * canvas[1] - width / 2) + candidate.shift[1]
            if self.flush and 2 * number < self.tries:
                row, col = candidate.flush(canvas, row, col)
            yield row, col
