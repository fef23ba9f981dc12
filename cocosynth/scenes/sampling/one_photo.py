"""The objects of one photograph: a random subset of them, as Simple Copy-Paste has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocosynth.scenes.sampling.weights import Numbers


@dataclass(frozen=True, eq=False)
class OnePhoto:
    """Draw one of the photographs evenly, then some of its instances, none of them twice.

    How many is drawn evenly, too, up to all of them. Of those of one photograph, categories of
    more weight come first.

    Attributes
    ----------
    objects_per_image : tuple of int
        Fewest and most, as far as the photograph has them.
    instances : tuple of ndarray of int
        Numbers of the bank, by photograph.
    weights : tuple of ndarray of float
        Of each of them.
    """

    objects_per_image: tuple[int, int]
    instances: tuple[Numbers, ...]
    weights: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(
        cls,
        instances: Mapping[str, Numbers],
        *,
        objects_per_image: tuple[int, int],
        weights: Mapping[str, float],
        photos: Numbers,
    ) -> OnePhoto:
        """Make a sampler of the instances of some categories; a weight that is missing is 1.

        Parameters
        ----------
        instances : mapping of str to ndarray of int
            Numbers of the bank, by category.
        objects_per_image : tuple of int
        weights : mapping of str to float
        photos : ndarray of int
            The photograph of every number of the bank.
        """
        kept = {name: numbers for name, numbers in instances.items() if weights.get(name, 1) > 0}
        if not kept:
            return cls(objects_per_image, (), ())
        numbers = np.concatenate(list(kept.values()))
        shares = np.repeat(
            [float(weights.get(name, 1)) for name in kept], [len(one) for one in kept.values()]
        )
        order = np.lexsort((numbers, photos[numbers]))
        numbers, shares = numbers[order], shares[order]
        ends = np.flatnonzero(np.diff(photos[numbers])) + 1
        return cls(objects_per_image, tuple(np.split(numbers, ends)), tuple(np.split(shares, ends)))

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Sequence[int]]:
        low, high = self.objects_per_image
        photo, count = rng.random(2).tolist()
        if not self.instances or high == 0:
            return []
        place = int(photo * len(self.instances))
        numbers, weights = self.instances[place], self.weights[place]
        low, high = min(low, len(numbers)), min(high, len(numbers))
        wanted = low + int(count * (high - low + 1))
        waits = rng.exponential(size=len(numbers)) / weights
        return [[int(numbers[one])] for one in np.argsort(waits, kind="stable")[:wanted]]
