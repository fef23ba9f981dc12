"""The grain of a sensor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform
from cocosynth.core.values import Image

_LEVELS = 1 << 16


@dataclass(frozen=True)
class Noise:
    """Add noise to every pixel and channel: the same everywhere, and more where it is brighter.

    The two together are the usual model of a sensor: the variance grows with the value (Foi et al.,
    "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data", 2008).

    Parameters
    ----------
    sigma_range : tuple of float
        Standard deviation of the Gaussian noise, in grey levels, from 0 to 100.
    shot_range : tuple of float
        Standard deviation of the shot noise at white, in grey levels, from 0 to 100; at a quarter
        of white it is half of that, at black 0. A white pixel then stands for (255 / it) ** 2
        photons.
    color : float
        The part of the variance that each channel has for itself, from 0 to 1; the rest is the same
        for all three, a grey grain, as photographs mostly show it.
    p : float
        Probability, from 0 to 1.

    Notes
    -----
    The scene holds a seed. Its bits come from NumPy's PCG64, which is the same in all versions of
    NumPy; they become normal numbers here, as NumPy's own may change from one version to another.
    """

    seeded: ClassVar[bool] = True

    sigma_range: Range = (0.0, 6.0)
    shot_range: Range = (0.0, 0.0)
    color: float = 0.3
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("sigma_range", self.sigma_range, low=0, high=100)
        check_range("shot_range", self.shot_range, low=0, high=100)
        check_fraction("color", self.color)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        happens, sigma = rng.random() < self.p, uniform(rng, self.sigma_range)
        shot, seed = uniform(rng, self.shot_range), int(rng.random() * 2**32)
        values = {"sigma": sigma, "shot": shot, "color": self.color, "seed": seed}
        return values if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        kept = {key: values[key] for key in ("sigma", "shot", "color", "seed")}
        return noisy(image, **kept)


def noisy(image: Image, *, sigma: float, shot: float, color: float, seed: int) -> Image:
    """Add the noise of a seed; the parameters are the values of `Noise`."""
    noise = _normal(seed, image.shape, color, 1 if shot else sigma)
    if shot:
        deviations = np.sqrt(sigma**2 + shot**2 * np.arange(256) / 255)
        noise *= cv2.LUT(image, deviations.astype(np.float32))
    changed: Image = cv2.add(image, noise, dtype=cv2.CV_8U)
    return changed


def _normal(
    seed: int, shape: tuple[int, ...], color: float, deviation: float
) -> NDArray[np.float32]:
    """Return normal numbers that depend on nothing but the arguments."""
    height, width, channels = shape
    bits = np.random.PCG64(seed).random_raw(height * width).astype("<u8", copy=False).view("<u2")
    own = _normal_numbers(bits[: -height * width], deviation * math.sqrt(color))
    shared = _normal_numbers(bits[-height * width :], deviation * math.sqrt(1 - color))
    numbers: NDArray[np.float32] = own.reshape(shape)
    numbers += cv2.merge([shared.reshape(height, width)] * channels)
    return numbers


def _normal_numbers(bits: NDArray[np.uint16], deviation: float) -> NDArray[np.float32]:
    scaled = _quantiles() * np.float32(deviation)
    return scaled.take(bits, mode="clip")  # faster than to check each of them


@cache
def _quantiles() -> NDArray[np.float32]:
    """Return the middles of equally likely parts of the normal distribution, in order."""
    inverse = NormalDist().inv_cdf
    middles = [inverse((number + 0.5) / _LEVELS) for number in range(_LEVELS)]
    return np.array(middles, dtype=np.float32)
