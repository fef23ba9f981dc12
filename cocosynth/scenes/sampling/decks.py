"""The decks that instances are dealt from, and how many cards of each become which size.

Without sizes a category is one deck. With them, its instances are sorted by the largest class that
each can be shown in; the classes that only large instances can be of are given out first, so that
each class has its share if any choice of instances gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.apportion import apportioned, leveled
from cocosynth.scenes.sampling.options import AREAS, SizeClass

Numbers = NDArray[np.intp]

LARGEST_FIRST: tuple[SizeClass, ...] = ("large", "medium", "small")
EDGE = 1.03
"""Pixels are counted: an area at the limit of a class would end up beyond it."""


@dataclass(frozen=True, eq=False)
class Deck:
    """Instances of one category, dealt like cards: none twice before all once."""

    name: str
    numbers: Numbers

    def with_copies(self, copies: NDArray[np.int64]) -> Deck:
        """Return a deck that has some of the cards more than once."""
        return Deck(self.name, np.repeat(self.numbers, copies[self.numbers]))


@dataclass(frozen=True)
class Cell:
    """Some of the cards of a deck, that are to be of one size."""

    deck: int
    size: SizeClass | None = None


def plain_decks(
    instances: Mapping[str, Numbers], names: Sequence[str]
) -> tuple[list[Deck], list[Cell]]:
    """Return one deck for each category that is wanted."""
    return [Deck(name, instances[name]) for name in names], [Cell(n) for n in range(len(names))]


def tall_enough(numbers: Numbers, reach: NDArray[np.float64], least: float) -> Numbers:
    """Return the instances that can be shown in one of the sizes."""
    return numbers[reach[numbers] >= EDGE**2 * max(AREAS["small"][0], least)]


def sorted_by_reach(
    instances: Mapping[str, Numbers], reach: NDArray[np.float64], least: float
) -> dict[str, dict[SizeClass, Numbers]]:
    """Sort the instances of each category by the largest class that they can be shown in.

    Parameters
    ----------
    instances : mapping of str to ndarray of int
    reach : ndarray of float
        Pixels of each instance of the bank where it is enlarged as far as it may be.
    least : float
        Pixels below which nothing may be shown.
    """
    found: dict[str, dict[SizeClass, Numbers]] = {}
    for name, numbers in instances.items():
        above, groups = np.full(len(numbers), True), {}
        for size in LARGEST_FIRST:
            fits = reach[numbers] >= EDGE**2 * max(AREAS[size][0], least)
            if (mine := above & fits).any():
                groups[size] = numbers[mine]
            above &= ~fits
        found[name] = groups
    return found


def sized_decks(
    groups: Mapping[str, Mapping[SizeClass, Numbers]],
    counts: Mapping[str, int],
    wanted: Mapping[SizeClass, int],
    starts: Sequence[float],
) -> tuple[list[Deck], list[Cell], list[int], dict[SizeClass, int]]:
    """Share out sizes over categories, then over their instances.

    Parameters
    ----------
    groups : mapping
        As `sorted_by_reach` gives them.
    counts : mapping of str to int
        Objects wanted of each category.
    wanted : mapping of str to int
        Objects wanted of each size.
    starts : sequence of float
        Three numbers of chance, for rounding.

    Returns
    -------
    decks : list of Deck
    cells : list of Cell
    parts : list of int
        How many objects each cell gets.
    short : dict of str to int
        How many of each size are lacking; those of the next smaller size take their place.
    """
    names = [name for name, count in counts.items() if count and groups[name]]
    left = [counts[name] for name in names]
    dealt: dict[tuple[str, SizeClass], int] = {}
    found: list[tuple[str, SizeClass, SizeClass, int]] = []
    short: dict[SizeClass, int] = {}
    lacking = 0
    for position, size in enumerate(LARGEST_FIRST):
        able = [[g for g in LARGEST_FIRST[: position + 1] if g in groups[name]] for name in names]
        room = [count if kinds else 0 for count, kinds in zip(left, able, strict=True)]
        asked = sum(left) if size == "small" else wanted[size] + lacking
        total = min(asked, sum(room))
        if total < wanted[size]:
            short[size] = wanted[size] - total
        lacking = asked - total
        for place, part in enumerate(apportioned(total, room, starts[position])):
            name, kinds = names[place], able[place]
            sizes = [len(groups[name][kind]) for kind in kinds]
            used = [dealt.get((name, kind), 0) for kind in kinds]
            left[place] -= part
            for kind, count in zip(kinds, leveled(part, sizes, used), strict=True):
                if count:
                    found.append((name, kind, size, count))
                    dealt[name, kind] = dealt.get((name, kind), 0) + count
    keys = list(dealt)
    decks = [Deck(f"{name} {kind}", groups[name][kind]) for name, kind in keys]
    cells = [Cell(keys.index((name, kind)), size) for name, kind, size, _ in found]
    return decks, cells, [count for *_, count in found], short
