"""Hand every photograph to its split and make the techniques of a build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from cocosynth.config.config import Config
from cocosynth.core import identity
from cocosynth.core.errors import CocosynthError
from cocosynth.core.randomness import rng_for
from cocosynth.core.registry import name_of
from cocosynth.core.stratify import assign
from cocosynth.foregrounds.bank import Bank
from cocosynth.labels.background_store import BackgroundStore
from cocosynth.labels.label_image import Limits
from cocosynth.scenes.inputs import Pool, SceneInputs
from cocosynth.sources.catalogue import Catalogue


def set_up(
    config: Config, catalogue: Catalogue, bank: Bank, backgrounds: BackgroundStore
) -> SceneInputs:
    """Hand every photograph to its split and make the techniques.

    Raises
    ------
    CocosynthError
        If a split is left without background or without instance.
    """
    splits = {name: count for name, count in config.splits.items() if count}
    given = _share_out(config, catalogue, bank, splits)
    placement = config.placement_strategy()
    return SceneInputs(
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
        photos=tuple(catalogue.photos),
        backgrounds=backgrounds,
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
    identities = identity.identities([photo.path for photo in catalogue.photos])
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
