"""Augmentations: random policies that draw a deterministic transform; one file each."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from cocosynth.core.values import Homography, Size
from cocosynth.scenes.augment.flip import Flip
from cocosynth.scenes.augment.rotate import Rotate
from cocosynth.scenes.augment.scale import Scale
from cocosynth.scenes.augment.translate import Translate

AUGMENTATIONS: dict[str, type] = {
    "flip": Flip,
    "rotate": Rotate,
    "scale": Scale,
    "translate": Translate,
}


class Augmentation(Protocol):
    """A random policy over geometric transforms."""

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        """Draw a transform.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this augmentation alone.
        size, canvas : tuple of int
            Height and width of the instance in its source, and of the output image.

        Returns
        -------
        ndarray of float64, shape (3, 3), or None
            Acts on (x, y, 1) with the centre of the instance at the origin; None changes nothing.
        """
