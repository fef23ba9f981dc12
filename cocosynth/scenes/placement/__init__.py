"""Placements: where an instance may go; one file each."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import WrongAnswerError, unchecked
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.registry import Kind
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site

PLACEMENTS = LazyTable(
    __name__,
    {
        "grid": "Grid",
        "ground": "Ground",
        "heatmap": "Heatmap",
        "large_scale_jitter": "LargeScaleJitter",
        "near": "Near",
        "no_overlap": "NoOverlap",
        "region": "Region",
        "source": "Source",
        "uniform": "Uniform",
    },
)


class Placement(Protocol):
    """Proposes places; planning takes the first that keeps every label true.

    Shifts by `translate`, the borders that an instance is set flush to, the number of tries and
    the limits are handled by planning, for every placement alike.

    A placement may have more. ``prepared(known)`` is called once, before the first image is
    planned, and returns the placement that is used: there the sources can be looked at (see
    `Known`). ``stand(rng, subject, site)`` gives a `Stance`, how large an instance is to be, before
    it is warped, or None. ``allows(candidate, site, place)`` says whether a place that it proposed
    may be taken although `translate` or a border has moved it; without it all are. ``files`` names
    the files that it reads.
    """

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        """Yield places, of which the first `site.tries` are looked at.

        Yields
        ------
        row, col : int
            Where the first pixel of the candidate's mask goes; it may lie outside of the canvas.
        """


def _propose(propose: Callable[..., Any], *args: Any) -> Iterator[tuple[int, int]]:
    for place in propose(*args):
        try:
            row, col = map(operator.index, place)
        except (TypeError, ValueError):
            raise WrongAnswerError("pairs (row, col) of integers", place) from None
        yield row, col


PLACEMENT: Kind[Placement] = Kind(
    "placement",
    "Where an object may go.",
    PLACEMENTS,
    {"propose": _propose},
    may={"prepared": unchecked, "stand": unchecked, "allows": unchecked},
)
