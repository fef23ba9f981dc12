"""By weights: a category by its weight, then any of its instances."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ATTEMPTS = 8
"""Instances tried for one place in an image before it stays empty."""

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Weights:
    """Draw each object's category by weight, and one of the category's instances evenly.

    Attributes
    ----------
    objects_per_image : tuple of int
        Fewest and most.
    instances : tuple of ndarray of int
        Numbers of the bank, by category.
    chances : tuple of float
        The cumulative chance of each category.
    """

    objects_per_image: tuple[int, int]
    instances: tuple[Numbers, ...]
    chances: tuple[float, ...]

    @classmethod
    def of(
        cls,
        instances: Mapping[str, Numbers],
        *,
        objects_per_image: tuple[int, int],
        weights: Mapping[str, float],
        photos: Numbers,
    ) -> Weights:
        """Make a sampler of the instances of some categories; a weight that is missing is 1."""
        del photos
        kept = {name: numbers for name, numbers in instances.items() if weights.get(name, 1) > 0}
        shares = np.array([weights.get(name, 1.0) for name in kept])
        chances = (shares.cumsum() / shares.sum()).tolist() if kept else []
        return cls(objects_per_image, tuple(kept.values()), tuple(chances))

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Sequence[int]]:
        low, high = self.objects_per_image
        wanted = low + int(rng.random() * (high - low + 1))
        draws = rng.random((wanted, ATTEMPTS, 2)).tolist()
        return [[self._pick(*draw) for draw in attempts] for attempts in draws]

    def _pick(self, category_draw: float, instance_draw: float) -> int:
        """Turn two draws from [0, 1) into the number of an instance."""
        category = bisect_right(self.chances, category_draw)
        numbers = self.instances[min(category, len(self.instances) - 1)]
        return int(numbers[int(instance_draw * len(numbers))])
