"""Where a picture is bright, or where the category is in the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import check_fraction
from cocosynth.core.errors import CocosynthError
from cocosynth.core.geometry import moved
from cocosynth.core.values import Size
from cocosynth.foregrounds.learnt import CELLS
from cocosynth.scenes.known import Known
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.density import Density, smoothed
from cocosynth.scenes.placement.site import Site

_LARGEST = 256  # rows and columns of a picture that are kept


@dataclass(frozen=True)
class Heatmap:
    """Put the centre of the instance where its category often is in the sources, or by a picture.

    Both are laid over the background's photograph, and move with its crop.

    Parameters
    ----------
    image : str, optional
        The path of a picture: white is a likely place, black an impossible one, half of the
        brightness half as likely. Without it, the places are learnt for each category.
    smoothing : float
        How far places that are learnt are smoothed: the standard deviation of a Gaussian, as a
        fraction of the photograph's width and height, from 0 to 0.5.
    """

    image: str | None = None
    smoothing: float = 0.05

    def __post_init__(self) -> None:
        check_fraction("smoothing", self.smoothing, high=0.5)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it reads."""
        return () if self.image is None else (self.image,)

    @property
    def learns(self) -> bool:
        """Whether it is learnt from all instances where each category is."""
        return self.image is None

    def prepared(self, known: Known) -> PreparedHeatmap:
        """Read the picture, or learn where each category is.

        Raises
        ------
        CocosynthError
            If the picture is black all over, or nothing can be learnt.
        """
        if self.image is None:
            tables = {number: known.centres(number) for number in known.pasted}
            sigma = self.smoothing * CELLS
            return PreparedHeatmap(
                {number: Density(smoothed(table, sigma)) for number, table in tables.items()}
            )
        grey = known.grey(self.image)
        if not grey.any():
            raise CocosynthError(f"{self.image}: is black all over, which leaves no place")
        return PreparedHeatmap({}, Density(_reduced(grey).astype(np.float64)))

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        even = PreparedHeatmap({}, Density(np.ones((1, 1))))
        return even.propose(rng, candidate, site)


@dataclass(frozen=True, eq=False)
class PreparedHeatmap:
    """How likely each place of a photograph is, by category or for all of them."""

    by_category: Mapping[int, Density]
    for_all: Density | None = None

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        draws = rng.random((site.tries, 3))
        density = self.for_all or self.by_category[candidate.category_id]
        box, size = candidate.box, site.photo.size
        for y, x in density.draw(draws, site.seen):
            across, down = moved((x * size[1], y * size[0]), site.to_canvas)
            yield (
                round(down - (box.top + box.bottom) / 2),
                round(across - (box.left + box.right) / 2),
            )


def _reduced(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size: Size = (min(grey.shape[0], _LARGEST), min(grey.shape[1], _LARGEST))
    if size == grey.shape:
        return grey
    return cv2.resize(grey, size[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8)
