"""Anywhere, each place as likely as any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site


@dataclass(frozen=True)
class Uniform:
    """Put the instance anywhere in the canvas."""

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        draws = rng.random((site.tries, 2)).tolist()  # all at once, however many are tried
        limits = candidate.limits(site.canvas, site.limits.max_truncation)
        if limits is None:
            return
        top, bottom, left, right = limits
        for down, across in draws:
            yield top + int(down * (bottom - top + 1)), left + int(across * (right - left + 1))
