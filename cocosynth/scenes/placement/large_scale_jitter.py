"""Where the instance is once its photograph has been flipped, zoomed and moved as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.scenes.augment.subject import Subject
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.stance import Stance
from cocosynth.scenes.placement.uniform import Uniform


@dataclass(frozen=True)
class LargeScaleJitter:
    """Flip, zoom and move the photograph of the instance as a whole, once for each image.

    Instances of one photograph (`sampling: one_photo`) keep their places and sizes towards each
    other, as in Simple Copy-Paste. What comes to lie outside of the canvas is not pasted. The size
    takes the place of what `scale` says.

    Parameters
    ----------
    zoom_range : tuple of float
        1 is the size at which the photograph just covers the canvas; at 0.5 it is half as wide and
        high, at 2 twice. From 0.05 to 20.
    p : float
        Probability that left and right change places, from 0 to 1.

    References
    ----------
    Ghiasi et al., Simple Copy-Paste (2021): large-scale jitter is [0.1, 2].
    """

    zoom_range: Range = (0.1, 2.0)
    p: float = 0.5

    def __post_init__(self) -> None:
        check_range("zoom_range", self.zoom_range, low=0.05, high=20)
        check_fraction("p", self.p)

    def stand(self, rng: np.random.Generator, subject: Subject, site: Site) -> Stance:
        zoom, flip, down, across = site.shared
        low, high = self.zoom_range
        (rows, cols), (height, width), box = site.canvas, subject.photo, subject.box
        scale = (low + (high - low) * zoom) * max(rows / height, cols / width)
        mirrored = flip < self.p
        middle = (box.left + box.right) / 2
        return Stance(
            size=scale * math.sqrt(box.size[0] * box.size[1]),
            row=scale * box.bottom + down * (rows - scale * height),
            col=scale * (width - middle if mirrored else middle) + across * (cols - scale * width),
            mirrored=mirrored,
        )

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        stance, box = candidate.stance, candidate.box
        if stance is None:
            yield from Uniform().propose(rng, candidate, site)
        else:
            yield round(stance.row) - box.bottom, round(stance.col - (box.left + box.right) / 2)
