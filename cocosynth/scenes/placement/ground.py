"""On the ground: where the feet of the category stand in the sources, and as large as there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.geometry import moved, scale_at
from cocosynth.foregrounds.learnt import CELLS, size_of
from cocosynth.scenes.augment.subject import Subject
from cocosynth.scenes.known import Known
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.density import Density, smoothed
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.stance import Stance
from cocosynth.scenes.placement.uniform import Uniform

_DRAWN = 8  # places drawn for each that is looked at


@dataclass(frozen=True)
class Ground:
    """Let the instance stand where its category stands in the sources, and be as large as there.

    For each category it is learnt how often its lower edge is at which height of a photograph while
    it is how large; the two are drawn together. So what stands lower is larger, as far as that is
    so in the sources. The size takes the place of what `scale` says. Both are fractions of the
    background's photograph, and go with its crop.

    What a border of its photograph cuts keeps the size and the lower edge that it had there.

    Parameters
    ----------
    smoothing : float
        How far what is learnt is smoothed: the standard deviation of a Gaussian, as a fraction of
        the photograph's height, from 0 to 0.5. The size is smoothed by eight times as many octaves:
        0.03 is a quarter of a doubling.
    """

    smoothing: float = 0.03

    def __post_init__(self) -> None:
        check_fraction("smoothing", self.smoothing, high=0.5)

    def prepared(self, known: Known) -> PreparedGround:
        """Learn where each category stands.

        Raises
        ------
        CocosynthError
            If nothing can be learnt.
        """
        sigma = self.smoothing * CELLS
        return PreparedGround(
            {n: Density(smoothed(known.standing(n), sigma)) for n in known.pasted}
        )

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        return PreparedGround({}).propose(rng, candidate, site)


@dataclass(frozen=True, eq=False)
class PreparedGround:
    """How likely each lower edge, down, and size, across, are together, by category."""

    by_category: Mapping[int, Density]

    def stand(self, rng: np.random.Generator, subject: Subject, site: Site) -> Stance | None:
        draws = rng.random((1, 3))
        if subject.is_cut:
            foot, size = subject.standing
        else:
            density = self.by_category[subject.category_id]
            down, _ = site.seen
            found = density.draw(draws, (down, (0, 1)))
            if not found:
                return None
            foot, size = found[0][0], size_of(found[0][1] * CELLS)
        height, width = site.photo.size
        pixels = size * math.sqrt(height * width) * scale_at((0, 0), site.to_canvas)
        return Stance(pixels, moved((0, foot * height), site.to_canvas)[1])

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        stance, photo = candidate.stance, site.background.place_in(site.canvas)
        middle = candidate.centre[1]
        more = Site(**{**vars(site), "tries": _DRAWN * site.tries})
        for row, col in Uniform().propose(rng, candidate, more):
            if stance is None:
                yield row, col
            elif photo.left <= col + middle < photo.right:  # there is no ground in padding
                yield round(stance.row) - candidate.box.bottom, col
