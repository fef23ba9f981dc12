"""Moved while the shutter was open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image
from cocosynth.render.tones.sight import Sight

_LONGEST = 100  # pixels
_FINE = 16  # samples of the path in each pixel


@dataclass(frozen=True)
class MotionBlur:
    """Blur along a straight line.

    Parameters
    ----------
    length_range : tuple of float
        Length of the line in pixels of the canvas, from 0 to 100; 0 keeps the image.
    angle_range : tuple of float
        Its direction in degrees, counter-clockwise as seen: 0 is level, 90 upright; from -360 to
        360.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    length_range: Range = (0.0, 6.0)
    angle_range: Range = (0.0, 180.0)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("length_range", self.length_range, low=0, high=_LONGEST)
        check_range("angle_range", self.angle_range, low=-360, high=360)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, length = rng.random() < self.p, uniform(rng, self.length_range)
        angle = uniform(rng, self.angle_range)
        return {"length": length, "angle": angle} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        kernel = line(values["length"], math.radians(values["angle"]))
        moved: Image = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        return moved


def line(length: float, angle: float) -> NDArray[np.float32]:
    """Return the weights of a line through the middle, those of each sample shared bilinearly."""
    check_range("length", (length, length), low=0, high=_LONGEST)  # a damaged scene may hold more
    steps = np.linspace(-length / 2, length / 2, _FINE * math.ceil(length) + 1)
    xs, ys = steps * math.cos(angle), -steps * math.sin(angle)
    across, down = (math.ceil(abs(ends[0]) - 1e-9) for ends in (xs, ys))
    weights = np.zeros((2 * down + 3, 2 * across + 3))
    cols, rows = np.floor(xs).astype(int), np.floor(ys).astype(int)
    for col, x in ((cols, 1 - (xs - cols)), (cols + 1, xs - cols)):
        for row, y in ((rows, 1 - (ys - rows)), (rows + 1, ys - rows)):
            np.add.at(weights, (row + down + 1, col + across + 1), x * y)
    return (weights[1:-1, 1:-1] / weights.sum()).astype(np.float32)
