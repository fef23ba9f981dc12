"""An object that moved while the shutter was open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from cocosynth.core.checks import Range, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import ALPHA_THRESHOLD, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_rim
from cocosynth.render.blend.mix import mix
from cocosynth.render.tones.motion_blur import line


@dataclass(frozen=True)
class Motion:
    """Smear the object along a line, its outline too, as if it moved before a background at rest.

    Parameters
    ----------
    length_range : tuple of float
        Length of the line in pixels of the canvas, from 0 to 100. The outline reaches half of it
        outwards.
    angle_range : tuple of float
        Its direction in degrees, counter-clockwise as seen: 0 is level, 90 upright; from -360 to
        360.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image, from 0 to
        100; 0 leaves the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)

    length_range: Range = (2.0, 8.0)
    angle_range: Range = (0.0, 180.0)
    rim: int = 2

    def __post_init__(self) -> None:
        check_range("length_range", self.length_range, low=0, high=100)
        check_range("angle_range", self.angle_range, low=-360, high=360)
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any]:
        length, angle = uniform(rng, self.length_range), uniform(rng, self.angle_range)
        return {"length": length, "angle": angle}

    def drawn(self, values: Mapping[str, Any]) -> Moved:
        return Moved(values["length"], values["angle"])

    @property
    def reach(self) -> int:
        return Moved(self.length_range[1], 0).reach

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        """Mix with the middle of both ranges."""
        Moved(sum(self.length_range) / 2, sum(self.angle_range) / 2)(canvas, foreground)


@dataclass(frozen=True)
class Moved:
    """A motion that is decided."""

    length: float
    angle: float

    @property
    def reach(self) -> int:
        return math.ceil(self.length / 2)

    def prepare(self, rgba: Rgba) -> Rgba:
        return rgba

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        alpha = cv2.extractChannel(foreground, 3)
        _, mask = cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 255, cv2.THRESH_BINARY)
        kernel = line(self.length, math.radians(self.angle))
        smeared, weight = (
            cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
            for image in (foreground, mask)
        )
        mix(canvas, smeared, weight)
