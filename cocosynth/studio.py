"""Everything that planning and rendering read: the same in every worker, never changed."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocosynth import files
from cocosynth.augment import Augmentation
from cocosynth.backgrounds import StoredBackgrounds
from cocosynth.bank import Bank, Entry
from cocosynth.blend import BlendMode
from cocosynth.errors import CocosynthError
from cocosynth.occupancy import Limits
from cocosynth.options import Canvas, Config
from cocosynth.placement import PlacementStrategy
from cocosynth.randomness import rng_for
from cocosynth.sources import BackgroundPhoto, Catalogue
from cocosynth.splits import assign
from cocosynth.structures import Photo
from cocosynth.techniques import name_of

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pool:
    """What one split may draw from.

    Attributes
    ----------
    images : int
        How many the split will have.
    backgrounds : ndarray of int
        Positions in `Studio.backgrounds`.
    instances : tuple of ndarray of int
        Numbers of the bank, by category.
    chances : tuple of float
        The cumulative chance of each category.
    """

    images: int
    backgrounds: Numbers
    instances: tuple[Numbers, ...]
    chances: tuple[float, ...]

    @property
    def repeats(self) -> bool:
        """Whether several images share a background."""
        return self.images > len(self.backgrounds)

    def pick(self, category_draw: float, instance_draw: float) -> int:
        """Turn two draws from [0, 1) into the number of an instance."""
        category = bisect_right(self.chances, category_draw)
        numbers = self.instances[min(category, len(self.instances) - 1)]
        return int(numbers[int(instance_draw * len(numbers))])


@dataclass(frozen=True, eq=False)
class Studio:
    """The choices, the photographs and the techniques of a build."""

    seed: int
    canvas: Canvas | Literal["background"]
    objects_per_image: tuple[int, int]
    limits: Limits
    augmentations: tuple[tuple[str, Augmentation], ...]  # each with the name of its stream
    placement: PlacementStrategy
    blend: BlendMode
    photos: tuple[Photo, ...]
    backgrounds: tuple[BackgroundPhoto, ...] | StoredBackgrounds
    bank: Bank
    pools: dict[str, Pool]

    def home(self, entry: Entry) -> tuple[float, float]:
        """Return the centre of an instance in its photo, as fractions of the photo's size."""
        height, width = self.photos[entry.photo].size
        return (entry.top + entry.height / 2) / height, (entry.left + entry.width / 2) / width


def set_up(config: Config, catalogue: Catalogue, bank: Bank) -> Studio:
    """Hand every photograph to its split and make the techniques.

    Raises
    ------
    CocosynthError
        If a split is left without background or without instance.
    """
    splits = {name: count for name, count in config.splits.items() if count}
    given = _share_out(config, catalogue, bank, splits)
    placement = config.placement_strategy()
    return Studio(
        seed=config.seed,
        canvas=config.canvas,
        objects_per_image=config.objects_per_image,
        limits=Limits(
            max_truncation=placement.max_truncation,
            max_overlap=placement.max_overlap,
            min_visibility=config.min_visibility,
            min_area=config.min_area,
        ),
        augmentations=tuple(zip(_stream_names(config), config.augmentations(), strict=True)),
        placement=placement,
        blend=config.blend_mode(),
        photos=tuple(catalogue.photos),
        backgrounds=tuple(catalogue.backgrounds),
        bank=bank,
        pools={name: _pool(name, given, config, catalogue, bank) for name in splits},
    )


def _stream_names(config: Config) -> list[str]:
    """Name the stream of each augmentation, so that one put in or taken out moves no other."""
    seen: Counter[str] = Counter()
    names = []
    for spec in config.augment:
        name = name_of(spec)
        names.append(f"{name} {seen[name]}")
        seen[name] += 1
    return names


def _share_out(
    config: Config, catalogue: Catalogue, bank: Bank, splits: dict[str, int]
) -> list[set[str]]:
    """Return the splits that each photo feeds; one each, unless the user shares sources."""
    if config.share_sources:
        return [set(splits) for _ in catalogue.photos]
    labels: dict[int, set[Hashable]] = {}
    pairs = np.stack([bank.entries["photo"], bank.entries["category_id"]], axis=1)
    for photo, category_id in np.unique(pairs, axis=0).tolist():
        labels.setdefault(photo, set()).add(category_id)
    for background in catalogue.backgrounds:
        labels.setdefault(background.photo, set()).add("background")
    groups: dict[str, list[int]] = {}
    identities = files.identities([photo.path for photo in catalogue.photos])
    for photo in sorted(labels):
        groups.setdefault(identities[photo], []).append(photo)
    brought = {
        members[0]: frozenset(label for photo in members for label in labels[photo])
        for members in groups.values()
    }
    given = assign(brought, splits, rng_for(config.seed, "splits"))
    feeds: list[set[str]] = [set() for _ in catalogue.photos]
    for members in groups.values():
        for photo in members:
            feeds[photo] = {given[members[0]]}
    return feeds


def _pool(
    split: str, feeds: Sequence[set[str]], config: Config, catalogue: Catalogue, bank: Bank
) -> Pool:
    way_out = "add photographs, or set `share_sources: true` (the splits then leak)"
    backgrounds = [
        position
        for position, background in enumerate(catalogue.backgrounds)
        if split in feeds[background.photo]
    ]
    if not backgrounds:
        raise CocosynthError(f"no background is left for the split {split!r}; {way_out}")
    here = np.array([split in photo_feeds for photo_feeds in feeds])
    instances, weights = [], []
    for category in catalogue.categories:
        wanted = bank.entries["category_id"] == category.id
        numbers = np.flatnonzero(wanted & here[bank.entries["photo"]])
        weight = config.category_weights.get(category.name, 1.0)
        if len(numbers) and weight > 0:
            instances.append(numbers)
            weights.append(weight)
    if not instances and config.objects_per_image[1] > 0:
        if not any(config.category_weights.get(c.name, 1) for c in catalogue.categories):
            raise CocosynthError("category_weights: all are 0, so nothing would be pasted")
        raise CocosynthError(f"no instance is left for the split {split!r}; {way_out}")
    chances = (np.cumsum(weights) / np.sum(weights)).tolist() if weights else ()
    count = config.splits[split]
    return Pool(count, np.array(backgrounds, dtype=np.intp), tuple(instances), tuple(chances))
