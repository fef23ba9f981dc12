"""By weights: so many objects of each category, its instances dealt like cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.apportion import Proportions, apportioned
from cocosynth.core.randomness import rng_for
from cocosynth.core.shuffle import dealt_round
from cocosynth.scenes.sampling.counts import BLOCK, Counts
from cocosynth.scenes.sampling.decks import Cell, Deck
from cocosynth.scenes.sampling.options import Occlusion
from cocosynth.scenes.sampling.wanted import Wanted

ATTEMPTS = 8
"""Instances tried for one place in an image before it stays empty."""

_KEPT = 128  # blocks: backgrounds that come again may jump from one to the other

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Block:
    """What the objects of some scenes are.

    Attributes
    ----------
    ends : ndarray of int
        How many objects the block has up to each scene and with it.
    cells : ndarray of int
        Of each object.
    cards : ndarray of int
        The how manieth card of its deck each object is.
    occlusions : list of str or None
        Of each object.
    """

    ends: Ints
    cells: Ints
    cards: Ints
    occlusions: Sequence[Occlusion | None]


@dataclass(frozen=True, eq=False)
class Weights:
    """Give out what a split is to hold, scene after scene.

    Which cards a scene gets is worked out with those of its block alone: what all blocks before it
    have been given is known from the proportions. So any image can be chosen alone, and yet all of
    them together hold what was asked for.

    Attributes
    ----------
    counts : Counts
    decks : tuple of Deck
    cells : tuple of Cell
    parts : Proportions
        How many of the objects each cell gets.
    hidden : Proportions, optional
        How many are to be hidden not at all, in part, or for the most, of those that another one of
        their scene may cover.
    """

    counts: Counts
    decks: tuple[Deck, ...]
    cells: tuple[Cell, ...]
    parts: Proportions | None
    hidden: Proportions | None = None
    _blocks: dict[int, Block] = field(default_factory=dict, repr=False)

    def __reduce__(self) -> Any:
        return Weights, (self.counts, self.decks, self.cells, self.parts, self.hidden)

    def with_seed(self, seed: int) -> Weights:
        return replace(self, counts=self.counts.with_seed(seed), _blocks={})

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Wanted]:
        if self.parts is None:
            return []
        number, place = divmod(index, BLOCK)
        block = self._block(number)
        first, last = (int(block.ends[place - 1]) if place else 0), int(block.ends[place])
        draws = rng.random((last - first, 2, ATTEMPTS)).tolist()
        return [self._dealt(block, one, draws[one - first]) for one in range(first, last)]

    def _dealt(self, block: Block, one: int, draws: Sequence[Sequence[float]]) -> Wanted:
        """Return the card of an object, and what to try where it does not fit."""
        cell = self.cells[block.cells[one]]
        deck = self.decks[cell.deck]
        numbers, count = deck.numbers, len(deck.numbers)
        dealt, place = divmod(int(block.cards[one]), count)
        card = dealt_round(count, *self.counts.key, "cards", deck.name, dealt)[place]
        more = [numbers[int(draw * count)] for draw in draws[0][1:]]
        others = [numbers[int(draw * count)] for draw in draws[1]] if self.counts.scenes else []
        return Wanted(
            tuple(map(int, (numbers[card], *more))),
            cell.size,
            tuple(map(int, others)),
            block.occlusions[one],
        )

    def _block(self, number: int) -> Block:
        found = self._blocks.get(number)
        if found is None:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            found = self._blocks[number] = self._made(number)
        return found

    def _made(self, number: int) -> Block:
        assert self.parts is not None
        sizes = self.counts.block(number)
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        before = self.counts.before(number * BLOCK)
        given = np.array(self.parts.first(before.objects), dtype=np.int64)
        parts = np.array(self.parts.first(before.objects + total)) - given
        cells = np.repeat(np.arange(len(parts)), parts)
        cells = rng_for(*self.counts.key, "objects", number).permutation(cells)
        of_cell = np.array([cell.deck for cell in self.cells])
        dealt = np.bincount(of_cell, weights=given, minlength=len(self.decks)).astype(np.int64)
        decks = of_cell[cells]
        cards = np.empty(total, dtype=np.int64)
        for deck in np.unique(decks):
            mine = decks == deck
            cards[mine] = dealt[deck] + np.arange(int(mine.sum()))
        return Block(ends, cells, cards, self._occlusions(number, sizes, before.partners))

    def _occlusions(self, number: int, sizes: Ints, before: int) -> Sequence[Occlusion | None]:
        """Return how much of each object is to be hidden; nothing covers the last of a scene."""
        if self.hidden is None:
            return [None] * int(sizes.sum())
        partners = int(np.maximum(sizes - 1, 0).sum())
        parts = np.subtract(self.hidden.first(before + partners), self.hidden.first(before))
        classes = np.repeat(np.arange(len(parts)), parts)
        classes = rng_for(*self.counts.key, "occlusion", number).permutation(classes)
        names: tuple[Occlusion, ...] = ("none", "partial", "heavy")
        left = iter(classes.tolist())
        found: list[Occlusion | None] = []
        for size in sizes.tolist():
            if size:
                mine = sorted((next(left) for _ in range(size - 1)), reverse=True)
                found += [*(names[one] for one in mine), "none"]
        return found


def occlusions_of(
    total: int, partners: int, shares: Sequence[float]
) -> tuple[list[int], list[int]]:
    """Return how many objects are to be hidden not at all, in part, or for the most.

    Returns
    -------
    wished : list of int
        Of all objects.
    hidden : list of int
        Of those that others may cover.
    """
    wished = apportioned(total, shares)
    beside = wished[1:]
    if sum(beside) > partners:
        beside = apportioned(partners, beside)
    return wished, [partners - sum(beside), *beside]
