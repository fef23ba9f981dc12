"""The dark line where an object stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Mask
from cocosynth.render.shadow.shade import NO_SHADE, Shade, softened

_PEAK = 0.68  # what a blur by a Gaussian leaves of a band twice as wide as its sigma


@dataclass(frozen=True)
class Contact:
    """Darken the ground at the foot of the object, softly.

    The foot is what lies lowest of the object in each column of pixels, as far as that is near to
    its lowest point: each foot of an animal gets a shadow of its own.

    Parameters
    ----------
    strength_range : tuple of float
        The share of the light that is missing where the shadow is darkest. From 0 to 1.
    size : float
        How far it reaches, as a fraction of the height of the object, from 0 to 1.
    foot : float
        How high above its lowest point an object still stands on the ground, as a fraction of its
        height, from 0 to 1.
    p : float
        Probability of an image, from 0 to 1.
    """

    strength_range: Range = (0.3, 0.7)
    size: float = 0.04
    foot: float = 0.12
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("strength_range", self.strength_range, low=0, high=1)
        check_fraction("size", self.size)
        check_fraction("foot", self.foot)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, strength = rng.random() < self.p, uniform(rng, self.strength_range)
        return {"strength": strength, "size": self.size, "foot": self.foot} if happens else None

    def cast(self, mask: Mask, values: Mapping[str, Any]) -> Shade:
        check_fraction("size", values["size"])  # a damaged scene may hold more
        tight = box_of(mask)
        if tight is None or not values["strength"]:
            return NO_SHADE
        height, width = tight.size
        reach = max(1.0, values["size"] * height)
        rows = min(height, 1 + round(values["foot"] * height))
        low = mask[tight.bottom - rows : tight.bottom, tight.left : tight.right]
        cols = np.flatnonzero(low.any(axis=0))
        feet = rows - 1 - np.argmax(low[::-1, cols], axis=0)
        thick = round(reach)
        line = np.zeros((rows + 2 * thick, width), dtype=np.uint8)
        line[feet + thick, cols] = round(255 * values["strength"])
        band = cv2.dilate(line, np.ones((2 * thick + 1, 1), dtype=np.uint8))
        soft = softened(band, reach, tight.bottom - rows - thick, tight.left)
        strongest = round(255 * values["strength"])
        darkness = cv2.min(cv2.multiply(soft.darkness, 1 / _PEAK), float(strongest))
        return soft._replace(darkness=darkness)
