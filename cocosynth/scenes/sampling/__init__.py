"""Samplers: which instances a scene wants; one file each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from cocosynth.core.apportion import Proportions, apportioned
from cocosynth.core.randomness import rng_for
from cocosynth.scenes.sampling.asked import Asked, AskedRow, Goals, Stock
from cocosynth.scenes.sampling.decks import (
    plain_decks,
    sized_decks,
    sorted_by_reach,
)
from cocosynth.scenes.sampling.one_photo import OnePhoto
from cocosynth.scenes.sampling.options import Occlusion, SizeClass, Sizes
from cocosynth.scenes.sampling.wanted import Wanted
from cocosynth.scenes.sampling.weights import Weights, occlusions_of


class Sampler(Protocol):
    """Chooses what is pasted into the images of one split: a pure function of its numbers."""

    def sample(self, rng: np.random.Generator, index: int) -> Sequence[Wanted]:
        """Choose the objects of an image.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this decision and this image alone.
        index : int
            Of the scene, below the number of scenes of the split.
        """

    def with_seed(self, seed: int) -> Sampler:
        """Return a sampler of as many objects of each kind, dealt in the order of another seed."""


def sampler_of(
    key: tuple[int, str], goals: Goals, stock: Stock, asked: Asked
) -> tuple[Sampler, Asked]:
    """Make the sampler of a split.

    Parameters
    ----------
    key : tuple of (int, str)
        Seed and split.
    goals : Goals
    stock : Stock
    asked : Asked

    Returns
    -------
    sampler : Sampler
    asked : Asked
        With the sizes and occlusions that it is asked for, and what of them cannot be.
    """
    if goals.sampling == "one_photo":
        return OnePhoto.of(key, goals, stock, asked), asked
    rows, short = list(asked.rows), list(asked.short)
    starts = rng_for(*key, "dealing").random(5).tolist()
    if goals.sizes is None:
        weights = {name: weight for name, weight in asked.categories.items() if weight}
        decks, cells = plain_decks(stock.instances, list(weights))
        parts = _proportions(goals, list(weights.values()), starts[0])
    else:
        wanted = _sizes(goals.sizes, asked.total)
        rows += [AskedRow("sizes", name, count) for name, count in wanted.items()]
        groups = sorted_by_reach(stock.instances, stock.reach, stock.least)
        counts = {name: int(count) for name, count in asked.categories.items()}
        decks, cells, sized, lacking = sized_decks(groups, counts, wanted, starts[2:])
        parts = _proportions(goals, sized, starts[0])
        short += [
            f"sizes: {count} of the {wanted[name]} {name} objects of {key[1]} cannot be: too few "
            "instances become so large within limits.max_upscale and half of the canvas; they "
            "become smaller: add larger instances, raise limits.max_upscale, or ask for fewer"
            for name, count in lacking.items()
        ]
    if stock.copies is not None:
        decks = [deck.with_copies(stock.copies) for deck in decks]
    hidden = None
    if goals.occlusion is not None:
        partners = asked.counts.before(asked.scenes).partners
        names: tuple[Occlusion, ...] = ("none", "partial", "heavy")
        shares = [float(getattr(goals.occlusion, name)) for name in names]
        wished, given = occlusions_of(asked.total, partners, shares)
        hidden = Proportions.counted(given, starts[1])
        rows += [AskedRow("occlusion", *row) for row in zip(names, wished, strict=True)]
        if wished[1] + wished[2] > partners:
            short.append(
                f"occlusion: objects hide each other, and of {asked.total} objects of {key[1]} "
                f"{asked.total - partners} are the last of their image: raise objects_per_image"
            )
    sampler = Weights(asked.counts, tuple(decks), tuple(cells), parts, hidden)
    return sampler, replace(asked, rows=tuple(rows), short=tuple(short))


def _proportions(goals: Goals, parts: Sequence[float], start: float) -> Proportions | None:
    if not sum(parts):
        return None
    if goals.in_numbers:
        return Proportions.counted([int(part) for part in parts], start)
    return Proportions.of(parts, start)


def _sizes(sizes: Sizes, total: int) -> dict[SizeClass, int]:
    names: tuple[SizeClass, ...] = ("small", "medium", "large")
    shares = [float(getattr(sizes, name)) for name in names]
    return dict(zip(names, apportioned(total, shares), strict=True))
