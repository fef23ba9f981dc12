"""Everything that planning reads: the same in every worker, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Photo
from cocosynth.foregrounds.bank import Bank, Entry
from cocosynth.labels.background_store import BackgroundStore
from cocosynth.labels.options import Limits
from cocosynth.scenes.augment import Augmentation
from cocosynth.scenes.background_augment import BackgroundAugmentation
from cocosynth.scenes.options import Canvas, Order
from cocosynth.scenes.placement import Placement
from cocosynth.scenes.sampling import Sampler
from cocosynth.scenes.sampling.asked import Asked


class ToneSampler(Protocol):
    """The half of a tone that planning sees: it draws values, `render` applies them."""

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class NamedAugmentation:
    """A geometric step, and the name of its stream of random numbers."""

    stream: str
    augmentation: Augmentation


@dataclass(frozen=True)
class NamedBackgroundAugmentation:
    """A change of a background, and the name of its stream of random numbers."""

    stream: str
    augmentation: BackgroundAugmentation


@dataclass(frozen=True)
class NamedTone:
    """A photometric step, the name that the scene knows it by, and that of its stream."""

    name: str
    stream: str
    tone: ToneSampler


@dataclass(frozen=True, eq=False)
class Pool:
    """What one split may draw from.

    Attributes
    ----------
    images : int
        How many the split will have.
    siblings : int
        How many images show the same scene; they follow each other.
    backgrounds : ndarray of int
        Positions in `SceneInputs.backgrounds`.
    categories : frozenset of str
        The names of those that it has an instance of.
    sampler : Sampler
        Chooses among the instances of the split.
    asked : Asked
        What the whole split is to hold; fewer images may be made.
    distractors : Sampler, optional
        Chooses among its distractors.
    """

    images: int
    siblings: int
    backgrounds: NDArray[np.intp]
    categories: frozenset[str]
    sampler: Sampler
    asked: Asked
    distractors: Sampler | None = None

    @property
    def repeats(self) -> bool:
        """Whether several images share a background."""
        return self.siblings > 1 or self.images > len(self.backgrounds)


@dataclass(frozen=True, eq=False)
class SceneInputs:
    """The choices, the photographs and the techniques of a build.

    Attributes
    ----------
    variants : tuple of str
        The names of the blend modes that every scene is rendered in; empty for one image a scene.
    blends : tuple of (str, float)
        The names of the blend modes, each with the cumulative chance that it is taken.
    chance_blends : mapping of str to ToneSampler
        The blend modes among them that draw values, by their names.
    tones, finish : tuple of NamedTone
        Photometric steps on each foreground and on the whole image.
    harmonize : tuple of NamedTone
        Steps by which each foreground takes on the looks of its surroundings.
    shadow : tuple of NamedTone
        The shadows of all foregrounds of an image.
    flush : bool
        Whether instances that a border of their image cut are set flush to that of the canvas.
    tries : int
        Places looked at for one instance.
    order : str
        Which of two objects is in front: see the key `order` of the configuration.
    distractors : mapping of int to str
        The names of the categories of distractors, by their ids; below 0 are those without a label.
    """

    seed: int
    canvas: Canvas | Literal["background"]
    limits: Limits
    flush: bool
    tries: int
    order: Order
    augmentations: tuple[NamedAugmentation, ...]
    tones: tuple[NamedTone, ...]
    finish: tuple[NamedTone, ...]
    harmonize: tuple[NamedTone, ...]
    shadow: tuple[NamedTone, ...]
    background_augmentations: tuple[NamedBackgroundAugmentation, ...]
    placement: Placement
    variants: tuple[str, ...]
    blends: tuple[tuple[str, float], ...]
    chance_blends: Mapping[str, ToneSampler]
    photos: Sequence[Photo]
    backgrounds: BackgroundStore
    bank: Bank
    pools: dict[str, Pool]
    distractors: Mapping[int, str] = field(default_factory=dict)

    def images(self, splits: Iterable[str]) -> dict[str, int]:
        """Return how many images are made of each split."""
        return {s: self.pools[s].images if s in self.pools else 0 for s in splits}

    def home(self, entry: Entry) -> tuple[float, float]:
        """Return the centre of an instance in its photo, as fractions of the photo's size."""
        height, width = self.photos[entry.photo].size
        return (entry.top + entry.height / 2) / height, (entry.left + entry.width / 2) / width
