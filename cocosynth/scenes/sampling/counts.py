"""How many objects each image of a split gets: a distribution that is met to the last image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.apportion import Proportions, apportioned
from cocosynth.core.randomness import rng_for
from cocosynth.scenes.sampling.options import Objects

ObjectsPerImage = tuple[int, int] | int | Objects

BLOCK = 256
"""Scenes that are worked out together: a table of them is all that is ever in memory."""


def chances(objects: ObjectsPerImage, per_photo: Sequence[int]) -> list[float]:
    """Return how likely it is that an image gets 0 objects, 1, and so on, up to a factor.

    Parameters
    ----------
    objects : tuple of int, int or Objects
    per_photo : sequence of int
        How many objects the photographs of the foregrounds show.
    """
    if isinstance(objects, int):
        return [0.0] * objects + [1.0]
    if isinstance(objects, tuple):
        low, high = objects
        return [0.0] * low + [1.0] * (high - low + 1)
    if objects.poisson is not None:
        logs = [n * math.log(objects.poisson) - math.lgamma(n + 1) for n in range(objects.max + 1)]
        most = max(logs)
        return [math.exp(one - most) for one in logs]
    found = np.minimum(np.asarray(per_photo or [0], dtype=np.int64), objects.max)
    shares: list[float] = np.bincount(found).astype(np.float64).tolist()
    return shares


def quotas(
    objects: ObjectsPerImage, empty: float | None, scenes: int, per_photo: Sequence[int]
) -> list[int]:
    """Return how many of the scenes get 0 objects, 1 object, and so on.

    Parameters
    ----------
    objects : tuple of int, int or Objects
    empty : float, optional
        The fraction that gets none; the others then get one at the least.
    scenes : int
    per_photo : sequence of int

    Examples
    --------
    >>> quotas((1, 2), 0.2, 10, ())
    [2, 4, 4]
    """
    shares = chances(objects, per_photo)
    if empty is None:
        return apportioned(scenes, shares)
    none = math.floor(scenes * empty + 0.5)
    rest = apportioned(scenes - none, shares[1:])
    return [none, *rest] if sum(rest) else [scenes]


class Before(NamedTuple):
    """What comes before a scene: objects, and of these all but the last of each scene."""

    objects: int
    partners: int


@dataclass(frozen=True)
class Counts:
    """How many objects each scene of a split has.

    Attributes
    ----------
    key : tuple of (int, str)
        Seed and split.
    parts : Proportions
        How many scenes get 0 objects, 1, and so on.
    scenes : int, optional
        Of the split, where the parts are exact for it; else they go on for ever.
    """

    key: tuple[int, str]
    parts: Proportions
    scenes: int | None

    def with_seed(self, seed: int) -> Counts:
        """Return the same numbers, mixed in the order of another seed."""
        return replace(self, key=(seed, self.key[1]))

    def before(self, scene: int) -> Before:
        """Return what comes before the first scene of a block, or in all of the split."""
        found = self.parts.first(scene)
        objects = sum(number * count for number, count in enumerate(found))
        return Before(objects, objects - sum(found[1:]))

    def total(self, scenes: int) -> int:
        """Return how many objects so many scenes have; exact at the end of a block or the split."""
        return self.before(scenes).objects

    def block(self, number: int) -> NDArray[np.int64]:
        """Return how many objects each scene of a block has."""
        first = number * BLOCK
        last = first + BLOCK if self.scenes is None else min(first + BLOCK, self.scenes)
        parts = np.subtract(self.parts.first(last), self.parts.first(first))
        counts = np.repeat(np.arange(len(parts)), parts)
        return rng_for(*self.key, "objects per image", number).permutation(counts)
