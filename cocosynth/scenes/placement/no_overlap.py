"""Away from all other objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cocosynth.core.checks import check_fraction
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site

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
        draws = rng.random((_DRAWN * site.tries, 2))
        limits = candidate.limits(site.canvas, site.limits.max_truncation)
        if limits is None:
            return
        top, bottom, left, right = limits
        places = (draws * (bottom - top + 1, right - left + 1)).astype(np.int64) + (top, left)
        free = places[self._fits(candidate, site, places)]
        yield from map(tuple, free[: site.tries].tolist())

    def allows(self, candidate: Candidate, site: Site, place: tuple[int, int]) -> bool:
        return bool(self._fits(candidate, site, np.array([place]))[0])

    def _fits(
        self, candidate: Candidate, site: Site, places: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        others = np.array([layer.box for layer in site.layers if not layer.crowd])
        if not len(others):
            return np.ones(len(places), dtype=np.bool_)
        boxes = np.tile(places, 2) + candidate.box
        boxes = np.clip(boxes, 0, [*site.canvas, *site.canvas])
        iou, ioa = overlaps(boxes, others)
        limit = 0.0 if self.max_iou is None and self.max_ioa is None else 1.0
        fits: NDArray[np.bool_] = iou.max(axis=1) <= (
            limit if self.max_iou is None else self.max_iou
        )
        return fits & (ioa.max(axis=1) <= (1.0 if self.max_ioa is None else self.max_ioa))


def overlaps(boxes: ArrayLike, others: ArrayLike) -> tuple[Ratios, Ratios]:
    """Measure how much of each box lies in each other one.

    Parameters
    ----------
    boxes, others : array of int, shape (n, 4)
        Top, left, bottom and right, half-open.

    Returns
    -------
    iou, ioa : ndarray of float, shape (boxes, others)
        Intersection over union, and over the area of the smaller of the two.

    Examples
    --------
    >>> iou, ioa = overlaps([(0, 0, 2, 2)], [(0, 1, 2, 5), (2, 2, 3, 3)])
    >>> iou.round(2), ioa
    (array([[0.2, 0. ]]), array([[0.5, 0. ]]))
    """
    one, other = np.array(boxes, float)[:, None], np.array(others, float)[None]
    edges = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    common = edges.clip(min=0).prod(axis=-1)
    first, second = ((b[..., 2:] - b[..., :2]).prod(axis=-1) for b in (one, other))
    smaller = np.minimum(first, second)
    return common / np.maximum(first + second - common, 1), common / np.maximum(smaller, 1)
