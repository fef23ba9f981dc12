"""Everything that planning and rendering read: the same in every worker, never changed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Photo
from cocosynth.foregrounds.bank import Bank, Entry
from cocosynth.labels.background_store import BackgroundStore
from cocosynth.labels.label_image import Limits
from cocosynth.scenes.augment import Augmentation
from cocosynth.scenes.options import Canvas
from cocosynth.scenes.placement import PlacementStrategy

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Pool:
    """What one split may draw from.

    Attributes
    ----------
    images : int
        How many the split will have.
    backgrounds : ndarray of int
        Positions in `SceneInputs.backgrounds`.
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
class SceneInputs:
    """The choices, the photographs and the techniques of a build."""

    seed: int
    canvas: Canvas | Literal["background"]
    objects_per_image: tuple[int, int]
    limits: Limits
    augmentations: tuple[tuple[str, Augmentation], ...]  # each with the name of its stream
    placement: PlacementStrategy
    photos: tuple[Photo, ...]
    backgrounds: BackgroundStore
    bank: Bank
    pools: dict[str, Pool]

    def home(self, entry: Entry) -> tuple[float, float]:
        """Return the centre of an instance in its photo, as fractions of the photo's size."""
        height, width = self.photos[entry.photo].size
        return (entry.top + entry.height / 2) / height, (entry.left + entry.width / 2) / width
