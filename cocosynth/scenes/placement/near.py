"""Around the place that the instance came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.geometry import moved
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site


@dataclass(frozen=True)
class Near:
    """Put the instance a little beside the place it came from, as InstaBoost does.

    On its own photograph that is the very place, wherever the crop has it; on any other one it is
    the same place relative to the canvas.

    Parameters
    ----------
    jitter : float
        How far it may move from there, as a fraction of its own width and height: from 0 to 10.

    References
    ----------
    Fang et al., InstaBoost (2019): a fifteenth of the instance's size in each direction.
    """

    jitter: float = 1 / 15

    def __post_init__(self) -> None:
        check_fraction("jitter", self.jitter, high=10)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        draws = rng.uniform(-self.jitter, self.jitter, (site.tries, 2)).tolist()
        x, y = self._home(candidate, site)
        (rows, cols), box = candidate.box.size, candidate.box
        for down, across in draws:
            yield (
                round(y + down * rows - (box.top + box.bottom) / 2),
                round(x + across * cols - (box.left + box.right) / 2),
            )

    def _home(self, candidate: Candidate, site: Site) -> tuple[float, float]:
        """Return where the centre of the instance belongs in the canvas, as (x, y)."""
        (row, col), (height, width) = candidate.home, site.canvas
        if candidate.photo != site.background.photo:
            return col * width, row * height
        return moved((col * site.photo.size[1], row * site.photo.size[0]), site.to_canvas)
