"""Hand every photograph to its split and make the techniques of a build."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from cocosynth.config.config import Config
from cocosynth.core import images
from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.randomness import epoch_seed, rng_for
from cocosynth.core.registry import name_of
from cocosynth.core.stratify import assign
from cocosynth.core.urls import at
from cocosynth.core.values import Category
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.learnt import learn
from cocosynth.labels.background_store import BackgroundStore
from cocosynth.pipeline.supply import Supply
from cocosynth.pipeline.techniques import (
    augmentations_of,
    background_augmentations_of,
    finish_of,
    harmonizers_of,
    modes_of,
    shadows_of,
    techniques_of,
    tones_of,
)
from cocosynth.render.blend.choose import cumulative, preparations_of
from cocosynth.render.render import Techniques
from cocosynth.scenes.inputs import NamedAugmentation, Pool, SceneInputs
from cocosynth.scenes.known import Known, prepared
from cocosynth.scenes.placement import PLACEMENT
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.distractors import known_categories
from cocosynth.sources.equal_files import equal_files


@dataclass(frozen=True)
class Setup:
    """What the images of a build are made with; handed to every worker.

    Attributes
    ----------
    inputs : SceneInputs
    techniques : Techniques
    preparations : mapping of str to int
        Which of the bank's pixels each blend mode takes.
    suffix : str
        Of image files.
    categories : mapping of int to Category
    blend : str
        The blend mode, where there is one for all objects.
    amodal : bool
        Whether annotations of pasted objects have their full masks.
    images_per_folder : mapping of str to int
        By split; 0 where its images lie in one folder.
    """

    inputs: SceneInputs
    techniques: Techniques
    preparations: Mapping[str, int]
    suffix: str
    categories: Mapping[int, Category]
    blend: str = ""
    amodal: bool = False
    images_per_folder: Mapping[str, int] = field(default_factory=dict)


def set_up(
    config: Config,
    catalogue: Catalogue,
    bank: Bank,
    backgrounds: BackgroundStore,
    folder: Path = Path(),
    *,
    limit: int | None = None,
) -> Setup:
    """Hand every photograph to its split and make the techniques.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    bank : Bank
    backgrounds : BackgroundStore
    folder : Path
        What the paths in the configuration are relative to.
    limit : int, optional
        Make the first images of each split only: they are what they are among all.

    Raises
    ------
    CocosynthError
        If a split is left without background or without instance.
    """
    splits = {name: count for name, count in config.splits.items() if count}
    given = _share_out(config, catalogue, bank, splits)
    modes = modes_of(config)
    preparations = preparations_of(modes)
    known = _known(catalogue, bank, folder)
    supply = Supply.of(config, catalogue, bank, folder)
    pools = {name: _pool(name, given, config, catalogue, supply, limit) for name in splits}
    inputs = SceneInputs(
        seed=config.seed,
        canvas=config.canvas,
        limits=structs.replace(config.limits, min_area=max(1, config.limits.min_area)),
        flush=config.flush,
        tries=config.tries,
        order=config.order,
        augmentations=tuple(_prepared(named, known) for named in augmentations_of(config)),
        background_augmentations=background_augmentations_of(config),
        tones=tones_of(config),
        finish=finish_of(config),
        harmonize=harmonizers_of(config),
        shadow=shadows_of(config),
        placement=prepared(config.make(PLACEMENT), known, f"placement.{name_of(config.placement)}"),
        variants=tuple(mode.called for mode in modes) if config.variants else (),
        blends=cumulative(modes),
        chance_blends={
            mode.called: cast(Any, mode.mode) for mode in modes if hasattr(mode.mode, "sample")
        },
        photos=catalogue.photos,
        backgrounds=backgrounds,
        bank=bank,
        pools=pools,
        distractors={
            category.id: category.name
            for category in known_categories(catalogue)
            if category.name in catalogue.distractors
        },
    )
    return Setup(
        inputs,
        techniques_of(config),
        {mode.called: preparations.index(mode.preparation) for mode in modes},
        config.export.image_format,
        {category.id: category for category in catalogue.categories},
        blend=modes[0].name if len(modes) == 1 else "",
        amodal=config.export.amodal,
        images_per_folder={
            name: config.export.folder_size(pool.asked.scenes * pool.siblings)
            for name, pool in pools.items()
        },
    )


def at_epoch(setup: Setup, number: int) -> Setup:
    """Return the setup of an epoch of training: other scenes, of the same photographs.

    Parameters
    ----------
    setup : Setup
        Of the build, which is epoch 0.
    number : int
    """
    seed = epoch_seed(setup.inputs.seed, number)
    pools = {
        split: replace(
            pool,
            sampler=pool.sampler.with_seed(seed),
            distractors=pool.distractors and pool.distractors.with_seed(seed),
        )
        for split, pool in setup.inputs.pools.items()
    }
    return replace(setup, inputs=replace(setup.inputs, seed=seed, pools=pools))


def _prepared(named: NamedAugmentation, known: Known) -> NamedAugmentation:
    where = f"augment.{named.stream.rpartition(' ')[0]}"
    return replace(named, augmentation=prepared(named.augmentation, known, where))


def _known(catalogue: Catalogue, bank: Bank, folder: Path) -> Known:
    """Return what techniques may know of the sources."""
    names = {category.id: category.name for category in known_categories(catalogue)}
    carried = {number for one in catalogue.backgrounds for number in one.category_ids}
    return Known(
        categories={name: number for number, name in names.items()},
        carried=frozenset(names[number] for number in carried),
        pasted=tuple(np.unique(bank.entries["category_id"]).tolist()),
        learnt=cache(lambda: learn(bank, catalogue.photos, known_categories(catalogue))),
        grey=lambda name: _grey(at(folder, name)),
        note=lambda text: catalogue.note("foregrounds", text),
    )


def _grey(path: Path) -> NDArray[np.uint8]:
    """Read a picture in grey."""
    try:
        pixels = images.read_image(path, upright=True)
    except UnusableError as error:
        raise CocosynthError(f"{path}: cannot be used: {error}") from None
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.uint8)


def _share_out(
    config: Config, catalogue: Catalogue, bank: Bank, splits: dict[str, int]
) -> list[set[str]]:
    """Return the splits that each photo feeds; one each, unless the user shares sources."""
    if config.share_sources:
        return [set(splits)] * len(catalogue.photos)
    labels: dict[int, set[Hashable]] = {}
    ids, places = np.unique(bank.entries["category_id"], return_inverse=True)
    pairs = np.unique(bank.entries["photo"] * np.int64(len(ids)) + places)  # of a million rows
    owners, shown = np.divmod(pairs, max(1, len(ids)))
    for photo, category_id in zip(owners.tolist(), ids[shown].tolist(), strict=True):
        labels.setdefault(photo, set()).add(category_id)
    for background in catalogue.backgrounds:
        labels.setdefault(background.photo, set()).add("background")
    groups: dict[int, list[int]] = {}
    equal = equal_files(catalogue, np.arange(len(catalogue.photos))).tolist()
    for photo in sorted(labels):
        groups.setdefault(equal[photo], []).append(photo)
    brought = {
        members[0]: frozenset(label for photo in members for label in labels[photo])
        for members in groups.values()
    }
    given = assign(brought, splits, rng_for(config.seed, "splits"))
    feeds: list[set[str]] = [set() for _ in equal]
    for members in groups.values():
        for photo in members:
            feeds[photo] = {given[members[0]]}
    return feeds


def _pool(
    split: str,
    feeds: Sequence[set[str]],
    config: Config,
    catalogue: Catalogue,
    supply: Supply,
    limit: int | None,
) -> Pool:
    way_out = "add photographs, or set `share_sources: true` (the splits then leak)"
    backgrounds = [
        position
        for position, background in enumerate(catalogue.backgrounds)
        if split in feeds[background.photo]
    ]
    if not backgrounds:
        raise CocosynthError(f"the split {split!r} has no background; {way_out}")
    stock, categories = supply.of_split(split, feeds)
    none_here = f"the split {split!r} has no instance to paste"
    if not stock.instances and config.pastes:
        raise CocosynthError(supply.why_nothing(split, categories) or f"{none_here}; {way_out}")
    sampler, asked = supply.sampler(split, stock)
    distractors = supply.distractors(split, feeds)
    if config.distractors and distractors is None and config.distractors.per_image[1] > 0:
        text = f"the split {split!r} has no distractor to paste; {way_out}"
        if not len(supply.bank.distractors):
            raise CocosynthError(f"distractors.from: nothing is left to paste{supply.lost()}")
        if config.distractors.per_image[0] > 0:
            raise CocosynthError(text)
        catalogue.note("distractors", text)
    images = asked.scenes * max(1, len(config.variants))
    return Pool(
        images=images if limit is None else min(images, limit),
        siblings=max(1, len(config.variants)),
        backgrounds=np.array(backgrounds, dtype=np.intp),
        categories=categories,
        sampler=sampler,
        asked=asked,
        distractors=distractors,
    )
