"""Where the instance was in its own image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site


@dataclass(frozen=True)
class Source:
    """Put the instance at the place it had in its source image, relative to the image's size.

    Parameters
    ----------
    jitter : float
        How far it may move from there in each direction, as a fraction of the canvas, from 0 to
        1.
    """

    jitter: float = 0.05

    def __post_init__(self) -> None:
        check_fraction("jitter", self.jitter)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        height, width = candidate.mask.shape
        (home_row, home_col), (rows, cols) = candidate.home, site.canvas
        for down, across in rng.uniform(-self.jitter, self.jitter, (site.tries, 2)).tolist():
            row = round((home_row + down) * rows - height / 2)
            yield row, round((home_col + across) * cols - width / 2)
