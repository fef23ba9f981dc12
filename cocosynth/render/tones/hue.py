"""Other colours, as bright and as vivid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image

_AROUND_GREY = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)


@dataclass(frozen=True)
class Hue:
    """Turn all colours around the grey ones: red by 120 degrees is green, and then blue.

    Parameters
    ----------
    angle_range : tuple of float
        Degrees, from -180 to 180.
    p : float
        Probability, from 0 to 1.
    """

    angle_range: Range = (-10.0, 10.0)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("angle_range", self.angle_range, low=-180, high=180)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, angle = rng.random() < self.p, uniform(rng, self.angle_range)
        return {"angle": angle} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        turned: Image = cv2.transform(image, _turn(math.radians(values["angle"])))
        return turned


def _turn(angle: float) -> NDArray[np.float64]:
    """Return the turn around the diagonal (1, 1, 1), by the formula of Rodrigues."""
    cos, sin = math.cos(angle), math.sin(angle)
    return cos * np.eye(3) + sin * _AROUND_GREY + (1 - cos) / 3 * np.ones((3, 3))
