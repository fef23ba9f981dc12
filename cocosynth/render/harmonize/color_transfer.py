"""Colours like those around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.draw import check_strength, draw_strength
from cocosynth.render.harmonize.surroundings import Surroundings

_GAINS = (0.5, 1.4)  # of the deviations: less is flat, more shows noise and JPEG blocks
_ENOUGH = 1 << 14  # pixels of the surroundings that are looked at


@dataclass(frozen=True)
class ColorTransfer:
    """Give the object the mean colour and the spread of colours of its surroundings.

    Mean and standard deviation of each channel of CIELAB move towards those of the surroundings
    (Reinhard, Ashikhmin, Gooch and Shirley, "Color Transfer between Images", 2001). A deviation
    becomes at least 0.5 and at most 1.4 times what it was.

    Parameters
    ----------
    strength_range : tuple of float
        0 keeps the colours, 1 takes the mean of the surroundings over. From 0 to 1.
    p : float
        Probability, from 0 to 1.
    """

    strength_range: Range = (0.3, 0.7)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_strength(self.strength_range, self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        strength = draw_strength(rng, self.strength_range, self.p)
        return None if strength is None else {"strength": strength}

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        strength, places = values["strength"], np.flatnonzero(mask)
        changed = colors.copy()
        if not strength or not places.size:
            return changed
        lab = _lab(colors.reshape(-1, 1, 3)[places])
        mean, deviation = _moments(lab)
        wanted, spread = _moments_near(_some(around.image))
        gain = 1 + strength * (np.clip(spread / np.maximum(deviation, 1e-3), *_GAINS) - 1)
        shift = mean * (1 - gain) + strength * (wanted - mean)
        lab = lab * gain.astype(np.float32) + shift.astype(np.float32)
        rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
        changed.reshape(-1, 3)[places] = np.rint(np.clip(255 * rgb, 0, 255)).reshape(-1, 3)
        return changed


def _some(image: Image) -> Image:
    """Return the pixels of an image, or, of a large one, those of a grid, in one column."""
    step = int(np.ceil(np.sqrt(image.shape[0] * image.shape[1] / _ENOUGH)))
    return np.ascontiguousarray(image[::step, ::step]).reshape(-1, 1, 3)


def _lab(pixels: Image) -> NDArray[np.float32]:
    lab: NDArray[np.float32] = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab


def _moments_near(pixels: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of CIELAB, of which whole numbers are enough here."""
    mean, deviation = _moments(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))
    return (mean - (0, 128, 128)) * (100 / 255, 1, 1), deviation * (100 / 255, 1, 1)


def _moments(lab: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of each channel."""
    mean, deviation = cv2.meanStdDev(lab)
    return mean[:, 0], deviation[:, 0]
