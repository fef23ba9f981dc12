"""Away from all other objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Box, Layer
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.uniform import Uniform

_DRAWN = 16  # places drawn for each that is looked at

Ratios = NDArray[np.float64]


@dataclass(frozen=True)
class NoOverlap:
    """Put the instance anywhere where its box overlaps no other object's more than allowed.

    Boxes are those of whole objects as far as they lie in the canvas, whatever hides them; the
    background's own objects count as well, its crowds do not. What masks may cover of each other is
    `limits.max_overlap`.

    Parameters
    ----------
    max_iou : float, optional
        Largest intersection over union of two boxes, from 0 to 1: 0 is none, 1 any.
    max_ioa : float, optional
        Largest intersection over the area of the smaller box, from 0 to 1. With neither of the
        two, boxes do not overlap at all; with one, the other is not looked at.
    """

    max_iou: float | None = None
    max_ioa: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_iou", "max_ioa"):
            if (value := getattr(self, name)) is not None:
                check_fraction(name, value)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        more = Site(**{**vars(site), "tries": _DRAWN * site.tries})
        places = list(Uniform().propose(rng, candidate, more))
        boxes = [candidate.box.moved(*place).clipped(site.canvas) for place in places]
        fits = self._fit(boxes, site.layers)
        free = (place for place, fit in zip(places, fits, strict=True) if fit)
        yield from islice(free, site.tries)

    def allows(self, candidate: Candidate, site: Site, place: tuple[int, int]) -> bool:
        return self._fit([candidate.box.moved(*place).clipped(site.canvas)], site.layers)[0]

    def _fit(self, boxes: Sequence[Box], layers: Sequence[Layer]) -> list[bool]:
        others = [layer.box for layer in layers if not layer.crowd]
        if not boxes or not others:
            return [True] * len(boxes)
        iou, ioa = overlaps(boxes, others)
        limit = 0.0 if self.max_iou is None and self.max_ioa is None else 1.0
        fits = iou.max(axis=1) <= (limit if self.max_iou is None else self.max_iou)
        fits &= ioa.max(axis=1) <= (1.0 if self.max_ioa is None else self.max_ioa)
        found: list[bool] = fits.tolist()
        return found


def overlaps(boxes: Sequence[Box], others: Sequence[Box]) -> tuple[Ratios, Ratios]:
    """Measure how much of each box lies in each other one.

    Returns
    -------
    iou, ioa : ndarray of float, shape (boxes, others)
        Intersection over union, and over the area of the smaller of the two.

    Examples
    --------
    >>> iou, ioa = overlaps([Box(0, 0, 2, 2)], [Box(0, 1, 2, 5), Box(2, 2, 3, 3)])
    >>> iou.round(2), ioa
    (array([[0.2, 0. ]]), array([[0.5, 0. ]]))
    """
    one, other = np.array(boxes, float)[:, None], np.array(others, float)[None]
    edges = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    common = edges.clip(min=0).prod(axis=-1)
    first, second = ((b[..., 2:] - b[..., :2]).prod(axis=-1) for b in (one, other))
    return common / np.maximum(first + second - common, 1), common / np.maximum(
        np.minimum(first, second), 1
    )
