"""A table of how likely the places of a photograph are, and drawing from the part that is seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Extent = tuple[float, float]

_FLOOR = 1e-9  # of the sum: where nothing was learnt, all places are alike


@dataclass(frozen=True, eq=False)
class Density:
    """Cells of equal size that cover the unit square, each as likely as its value says.

    Attributes
    ----------
    values : ndarray of float64, shape (rows, cols)
    """

    values: Values

    def draw(self, draws: Values, seen: tuple[Extent, Extent]) -> list[tuple[float, float]]:
        """Turn numbers from [0, 1) into places of the part of the square that is seen.

        Parameters
        ----------
        draws : ndarray of float64, shape (n, 3)
        seen : pair of pairs of float
            From where to where the part reaches, down and across.

        Returns
        -------
        list of (down, across)
            None where the part holds no likely place.
        """
        (rows, tops, heights), (cols, lefts, widths) = (
            _cells(extent, count) for extent, count in zip(seen, self.values.shape, strict=True)
        )
        chances = (self.values[rows, cols] * heights[:, None] * widths[None]).ravel().cumsum()
        if not len(chances) or chances[-1] <= 0:
            return []
        found = chances.searchsorted(draws[:, 0] * chances[-1], side="right")
        row, col = np.divmod(np.minimum(found, len(chances) - 1), len(widths))
        down = tops[row] + draws[:, 1] * heights[row]
        across = lefts[col] + draws[:, 2] * widths[col]
        return list(zip(down.tolist(), across.tolist(), strict=True))


def _cells(extent: Extent, count: int) -> tuple[slice, Values, Values]:
    """Return the cells that reach into an extent, where they begin in it, and how long they are."""
    low, high = max(extent[0], 0.0) * count, min(extent[1], 1.0) * count
    first, last = int(np.floor(low)), int(np.ceil(high))
    starts = np.maximum(np.arange(first, last), low)
    ends = np.minimum(np.arange(first, last) + 1, high)
    return slice(first, max(first, last)), starts / count, np.maximum(ends - starts, 0) / count


def smoothed(counts: NDArray[np.int64], sigma: float) -> Values:
    """Return the shares of cells of a table, smoothed by a Gaussian of so many cells."""
    values = counts.astype(np.float64)
    if sigma > 0:
        values = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT).astype(
            np.float64
        )
    values /= values.sum()
    return np.maximum(values, _FLOOR)
