"""The objects of one photograph: a random subset of them, as Simple Copy-Paste has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.shuffle import dealt_round
from cocosynth.scenes.sampling.asked import Asked, Goals, Stock
from cocosynth.scenes.sampling.counts import BLOCK
from cocosynth.scenes.sampling.decks import Numbers
from cocosynth.scenes.sampling.wanted import Wanted


@dataclass(frozen=True, eq=False)
class OnePhoto:
    """Take one of the photographs, dealt like cards, then some of its instances, none twice.

    How many is drawn evenly, up to all of them. Of those of one photograph, categories of more
    weight come first.

    Attributes
    ----------
    key : tuple of (int, str)
        Seed and split.
    goals : Goals
    asked : Asked
    instances : tuple of ndarray of int
        Numbers of the bank, by photograph.
    weights : tuple of ndarray of float
        Of each of them.
    """

    key: tuple[int, str]
    goals: Goals
    asked: Asked
    instances: tuple[Numbers, ...]
    weights: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, key: tuple[int, str], goals: Goals, stock: Stock, asked: Asked) -> OnePhoto:
        """Sort what a split has by photographs."""
        weights: Mapping[str, float] = goals.weights
        if not stock.instances:
            return cls(key, goals, asked, (), ())
        numbers = np.concatenate(list(stock.instances.values()))
        shares = np.repeat(
            [float(weights.get(name, 1)) for name in stock.instances],
            [len(one) for one in stock.instances.values()],
        )
        order = np.lexsort((numbers, stock.photos[numbers]))
        numbers, shares = numbers[order], shares[order]
        ends = np.flatnonzero(np.diff(stock.photos[numbers])) + 1
        return cls(
            *(key, goals, asked), tuple(np.split(numbers, ends)), tuple(np.split(shares, ends))
        )

    def with_seed(self, seed: int) -> OnePhoto:
        asked = replace(self.asked, counts=self.asked.counts.with_seed(seed))
        return replace(self, key=(seed, self.key[1]), asked=asked)

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Wanted]:
        if not self.instances:
            return []
        dealt, place = divmod(index, len(self.instances))
        photo = dealt_round(len(self.instances), *self.key, "photographs", dealt)[place]
        numbers, weights = self.instances[photo], self.weights[photo]
        wanted = self._count(index, len(numbers), float(rng.random()))
        waits = rng.exponential(size=len(numbers)) / weights
        order = np.argsort(waits, kind="stable")[:wanted].tolist()
        return [Wanted((int(numbers[one]),)) for one in order]

    def _count(self, index: int, there: int, draw: float) -> int:
        """Return how many objects an image gets of a photograph that shows so many."""
        if self.goals.in_numbers:
            number = int(self.asked.counts.block(index // BLOCK)[index % BLOCK])
            if not number or not isinstance(self.goals.objects, tuple):
                return min(number, there)
        assert isinstance(self.goals.objects, tuple)
        low, high = (min(limit, there) for limit in self.goals.objects)
        low = low if self.goals.empty is None else max(1, low)
        return low + int(draw * (high - low + 1))
