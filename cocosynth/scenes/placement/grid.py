"""In rows and columns, as on a tray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Layer
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site

_MOST = 100


@dataclass(frozen=True)
class Grid:
    """Put the instance into the middle of a cell of a grid, one instance into each.

    What finds no free cell is not pasted, and counted.

    Parameters
    ----------
    rows, cols : int
        How many cells there are, down and across: from 1 to 100.
    jitter : float
        How far it may move from the middle in each direction, as a fraction of the cell: from 0
        to 0.5.
    """

    rows: int = 3
    cols: int = 3
    jitter: float = 0.1

    def __post_init__(self) -> None:
        for name in ("rows", "cols"):
            if not 1 <= getattr(self, name) <= _MOST:
                raise ValueError(f"{name} must lie in [1, {_MOST}], got {getattr(self, name)}")
        check_fraction("jitter", self.jitter, high=0.5)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        order = rng.permutation(self.rows * self.cols).tolist()
        moves = rng.uniform(-self.jitter, self.jitter, (len(order), 2)).tolist()
        taken = {self._cell(site, *layer.box.centre) for layer in site.layers if _is_pasted(layer)}
        height, width = site.canvas[0] / self.rows, site.canvas[1] / self.cols
        row, col = candidate.centre
        for cell, (down, across) in zip(order, moves, strict=True):
            if cell not in taken:
                number, place = divmod(cell, self.cols)
                yield (
                    int((number + 0.5 + down) * height) - row,
                    int((place + 0.5 + across) * width) - col,
                )

    def allows(self, candidate: Candidate, site: Site, place: tuple[int, int]) -> bool:
        there = self._cell(site, *candidate.box.moved(*place).clipped(site.canvas).centre)
        return all(
            self._cell(site, *layer.box.centre) != there
            for layer in site.layers
            if _is_pasted(layer)
        )

    def _cell(self, site: Site, row: int, col: int) -> int:
        down = min(row * self.rows // site.canvas[0], self.rows - 1)
        return down * self.cols + min(col * self.cols // site.canvas[1], self.cols - 1)


def _is_pasted(layer: Layer) -> bool:
    return layer.placement is not None
