"""What a split is asked to hold, in numbers; and what of it cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.apportion import Proportions, apportioned, leveled
from cocosynth.core.randomness import rng_for
from cocosynth.scenes.sampling.counts import Counts, ObjectsPerImage, chances, quotas
from cocosynth.scenes.sampling.decks import Numbers
from cocosynth.scenes.sampling.options import Balance, Occlusions, Sampling, Sizes

Goal = Literal["empty_images", "objects_per_image", "balance", "sizes", "occlusion"]


@dataclass(frozen=True)
class AskedRow:
    """One number that a split is asked for: of images without objects, or of pasted objects."""

    goal: Goal
    name: str
    count: int


@dataclass(frozen=True)
class Goals:
    """What the configuration says about what is pasted.

    Attributes
    ----------
    weights : mapping of str to float
        Of categories; 1 where absent.
    """

    objects: ObjectsPerImage
    empty: float | None
    sampling: Sampling
    weights: Mapping[str, float]
    balance: Balance | None
    sizes: Sizes | None
    occlusion: Occlusions | None

    @property
    def in_numbers(self) -> bool:
        """Whether a split is asked for numbers, which its images have to add up to.

        If not, images go on for ever: more of them leave the first ones as they are.
        """
        named = (self.empty, self.balance, self.sizes, self.occlusion)
        return any(one is not None for one in named) or not isinstance(self.objects, tuple)


@dataclass(frozen=True, eq=False)
class Stock:
    """What a split has to paste.

    Attributes
    ----------
    instances : mapping of str to ndarray of int
        Numbers of the bank, by category; those of weight 0 are not in it.
    photos : ndarray of int
        The photograph of every number of the bank.
    reach : ndarray of float
        Pixels of every number of the bank where it is as large as it may become; empty where
        nobody asks.
    least : float
        Pixels below which nothing may be shown.
    copies : ndarray of int, optional
        How often each number of the bank is in a deck; once by default.
    """

    instances: Mapping[str, Numbers]
    photos: Numbers
    reach: NDArray[np.float64]
    least: float
    copies: NDArray[np.int64] | None = None

    def per_photo(self) -> list[int]:
        """Return how many instances each photograph shows."""
        if not self.instances:
            return []
        numbers = np.concatenate(list(self.instances.values()))
        found: list[int] = np.unique(self.photos[numbers], return_counts=True)[1].tolist()
        return found

    def photographs(self, name: str) -> int:
        """Return how many photographs show a category."""
        return len(np.unique(self.photos[self.instances[name]]))


@dataclass(frozen=True, eq=False)
class Asked:
    """What a split is asked for.

    Attributes
    ----------
    scenes : int
    counts : Counts
    total : int
        Of all objects.
    categories : mapping of str to float
        How many objects of each, or their weights where nothing is asked for in numbers.
    rows : tuple of AskedRow
        What the configuration names.
    short : tuple of str
        What cannot be reached, why, and what would help.
    """

    scenes: int
    counts: Counts
    total: int
    categories: Mapping[str, float]
    rows: tuple[AskedRow, ...] = ()
    short: tuple[str, ...] = ()


def asked_of(
    goals: Goals,
    stock: Stock,
    *,
    key: tuple[int, str],
    scenes: int,
    wanted: Sequence[str],
    counted: Mapping[str, int],
) -> Asked:
    """Work out what a split is asked for.

    Parameters
    ----------
    goals : Goals
    stock : Stock
    key : tuple of (int, str)
        Seed and split.
    scenes : int
        That the split has, or at the most with `only_underrepresented`.
    wanted : sequence of str
        All categories that are to be pasted, those without an instance here among them.
    counted : mapping of str to int
        Annotations of real images that count for `min_instances`.
    """
    balance = goals.balance or Balance()
    least = _least(balance, wanted)
    lacking = {name: max(0, number - counted.get(name, 0)) for name, number in least.items()}
    here = {name: lacking.get(name, 0) for name in stock.instances}
    short = list(_no_instance(key[1], [n for n in lacking if lacking[n] and n not in here]))
    weights = _weights(goals, stock)
    per_photo = stock.per_photo()
    needed = _needed(goals, sum(here.values()), scenes, per_photo)
    most = scenes
    if balance.only_underrepresented:
        weights = {name: float(count) for name, count in here.items()}
        scenes = min(scenes, needed)
    starts = rng_for(*key, "rounding").random(2).tolist()
    if not goals.in_numbers:
        open_ended = Proportions.of(chances(goals.objects, per_photo), starts[0])
        counts = Counts(key, open_ended, None)
        return Asked(scenes, counts, counts.total(scenes), weights)
    parts = quotas(goals.objects, goals.empty, scenes, per_photo)
    counts = Counts(key, Proportions.counted(parts, starts[0]), scenes)
    total = counts.total(scenes)
    categories = _shared_out(total, weights, here, starts[1])
    if sum(here.values()) > total:
        more = (
            f"set splits.{key[1]} to {needed} or more, or raise objects_per_image"
            if total
            else "raise objects_per_image, or lower empty_images"
        )
        short.append(
            f"balance.min_instances: {key[1]} is to have {sum(here.values())} objects, but its "
            f"{most} images get {total}: {more}"
        )
    rows = _rows(goals, parts, total, lacking if balance.min_instances else categories)
    return Asked(scenes, counts, total, categories, tuple(rows), tuple(short))


def _least(balance: Balance, wanted: Sequence[str]) -> dict[str, int]:
    if isinstance(balance.min_instances, dict):
        return dict(balance.min_instances)
    return dict.fromkeys(wanted, balance.min_instances) if balance.min_instances else {}


def _no_instance(split: str, names: Sequence[str]) -> Sequence[str]:
    if not names:
        return ()
    return (
        f"balance.min_instances: {split} has no instance to paste of {', '.join(names)}: add "
        "photographs of it, or set `share_sources: true` (the splits then leak)",
    )


def _weights(goals: Goals, stock: Stock) -> dict[str, float]:
    """Return the weight of each category that a split has an instance of."""
    balance, instances = goals.balance, stock.instances
    if balance is None or (balance.like != "source" and balance.repeat_factor is None):
        return {name: goals.weights.get(name, 1.0) for name in instances}
    weights = {name: float(len(numbers)) for name, numbers in instances.items()}
    if balance.repeat_factor is not None:  # Gupta, Dollar and Girshick, "LVIS", CVPR 2019
        photographs = len(stock.per_photo())
        for name in weights:
            share = stock.photographs(name) / photographs
            weights[name] *= max(1.0, math.sqrt(balance.repeat_factor / share))
    return weights


def _shared_out(
    total: int, weights: Mapping[str, float], least: Mapping[str, int], start: float
) -> dict[str, int]:
    """Return how many objects each category gets: the least of each, the rest by weights."""
    names = list(weights)
    filled = [least[name] for name in names]
    if sum(filled) > total:
        return dict(zip(names, apportioned(total, filled, start), strict=True))
    shares = [weights[name] for name in names]
    more = leveled(total - sum(filled), shares, filled, start)
    return {name: a + b for name, a, b in zip(names, filled, more, strict=True)}


def _needed(goals: Goals, objects: int, scenes: int, per_photo: Sequence[int]) -> int:
    """Return how many scenes it takes to hold so many objects."""

    def held(count: int) -> int:
        parts = quotas(goals.objects, goals.empty, count, per_photo)
        return sum(number * part for number, part in enumerate(parts))

    mean = held(10_000) / 10_000
    if not mean:
        return scenes
    count = max(0, math.ceil(objects / mean) - 2)
    while held(count) < objects:
        count += 1
    return count


def _rows(
    goals: Goals, parts: Sequence[int], total: int, categories: Mapping[str, int]
) -> list[AskedRow]:
    rows: list[AskedRow] = []
    if goals.empty is not None:
        rows.append(AskedRow("empty_images", "images", parts[0]))
    if goals.sampling == "weights":
        rows.append(AskedRow("objects_per_image", "objects", total))
        if goals.balance is not None:
            rows += [AskedRow("balance", name, count) for name, count in categories.items()]
    return rows
