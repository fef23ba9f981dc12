"""The shadow of an object on a wall behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Mask
from cocosynth.render.shadow.shade import NO_SHADE, Shade, softened

_SOFTEST = 0.5  # of the object's longer side


@dataclass(frozen=True)
class Drop:
    """Let the object throw a shadow of its own shape on what lies right behind it.

    Parameters
    ----------
    strength_range : tuple of float
        The share of the light that is missing in the shadow. From 0 to 1.
    x_range, y_range : tuple of float
        How far it lies to the right and below, as a fraction of the object's longer side. From -1
        to 1.
    blur_range : tuple of float
        How soft its edge is: the standard deviation of a Gaussian, as a fraction of the object's
        longer side. From 0 to 0.5.
    p : float
        Probability of an image, from 0 to 1.
    """

    strength_range: Range = (0.2, 0.5)
    x_range: Range = (-0.06, 0.06)
    y_range: Range = (0.01, 0.06)
    blur_range: Range = (0.01, 0.04)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("strength_range", self.strength_range, low=0, high=1)
        check_range("x_range", self.x_range, low=-1, high=1)
        check_range("y_range", self.y_range, low=-1, high=1)
        check_range("blur_range", self.blur_range, low=0, high=_SOFTEST)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, strength = rng.random() < self.p, uniform(rng, self.strength_range)
        x, y = uniform(rng, self.x_range), uniform(rng, self.y_range)
        values = {"strength": strength, "x": x, "y": y, "blur": uniform(rng, self.blur_range)}
        return values if happens else None

    def cast(self, mask: Mask, values: Mapping[str, Any]) -> Shade:
        blur = values["blur"]
        check_range("blur", (blur, blur), low=0, high=_SOFTEST)  # a damaged scene may hold more
        tight = box_of(mask)
        if tight is None or not values["strength"]:
            return NO_SHADE
        side = max(tight.size)
        shape = mask[tight.slices].view(np.uint8) * np.uint8(round(255 * values["strength"]))
        row, col = tight.top + round(values["y"] * side), tight.left + round(values["x"] * side)
        return softened(shape, blur * side, row, col)
