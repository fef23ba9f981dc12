"""As grainy as what is around."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.draw import check_strength, draw_strength
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.tones.noise import noisy
from cocosynth.render.tones.sight import Sight

_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32) / 6  # keeps a deviation
_SQUARE = np.ones((3, 3), dtype=np.uint8)  # what the kernel looks at
_FLATTEST = 0.3  # the quantile of the slopes up to which a pixel counts
_CLIPPED = (3, 252)  # grey levels beyond which a camera shows no noise
_NEEDED = 100  # pixels
_SOME = 10_000  # pixels that are looked at
_TO_DEVIATION = 1.4826  # from the median of the sizes of normal numbers
_LEAST = 0.3  # grey levels: nobody sees less


@dataclass(frozen=True)
class Grain:
    """Add noise until the object is as noisy as its surroundings; a noisy object stays as it is.

    Noise is measured where the picture is flat, by the median of its second differences
    (Immerkaer, "Fast noise variance estimation", 1996; the median is of ours, so that edges do not
    count). It comes last in a list: another step would change what it has measured.

    Parameters
    ----------
    strength_range : tuple of float
        The share of the missing noise that is added. From 0 to 1.
    max_sigma : float
        The most noise that is added, as a standard deviation in grey levels, from 0 to 100.
    color : float
        The part of the variance that each channel has for itself, from 0 to 1.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    strength_range: Range = (0.7, 1.0)
    max_sigma: float = 15.0
    color: float = 0.3
    p: float = 1.0

    def __post_init__(self) -> None:
        check_strength(self.strength_range, self.p)
        check_range("max_sigma", (self.max_sigma, self.max_sigma), low=0, high=100)
        check_fraction("color", self.color)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        strength = draw_strength(rng, self.strength_range, self.p)
        seed = int(rng.random() * 2**32)
        if strength is None:
            return None
        chosen = {"max_sigma": self.max_sigma, "color": self.color}
        return {"strength": strength, **chosen, "seed": seed}

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        if not values["strength"]:
            return colors.copy()
        own, theirs = noise_of(colors, mask), noise_of(around.image)
        if own is None or theirs is None or theirs <= own:
            return colors.copy()
        missing = values["strength"] * math.sqrt(theirs**2 - own**2)
        sigma = min(missing, values["max_sigma"])
        if sigma < _LEAST:
            return colors.copy()
        return noisy(colors, sigma=sigma, shot=0, color=values["color"], seed=values["seed"])


def noise_of(image: Image, counts: Mask | None = None) -> float | None:
    """Estimate the noise of a picture, as a standard deviation of its grey levels.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    counts : ndarray of bool, shape (h, w), optional
        The pixels that count; all by default.

    Returns
    -------
    float or None
        None where too few pixels are neither black nor white.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    tells = (gray > _CLIPPED[0]) & (gray < _CLIPPED[1])
    if counts is not None:  # what is beside the pixels that count must not decide
        tells &= cv2.erode(counts.view(np.uint8), _SQUARE, borderValue=1).view(np.bool_)
    if np.count_nonzero(tells) < _NEEDED:
        return None
    soft = _softened(gray, counts)
    slope = np.abs(cv2.Laplacian(soft, cv2.CV_32F))
    slope += cv2.magnitude(*(cv2.Sobel(soft, cv2.CV_32F, *way) for way in ((1, 0), (0, 1))))
    places = np.flatnonzero(tells)
    places = places[:: max(1, places.size // _SOME)]
    slope = slope.ravel()[places]
    rough = np.abs(cv2.filter2D(gray, cv2.CV_32F, _KERNEL).ravel()[places])
    return _TO_DEVIATION * float(np.median(rough[slope <= np.quantile(slope, _FLATTEST)]))


def _softened(gray: NDArray[np.uint8], counts: Mask | None) -> NDArray[np.uint8]:
    """Blur grey levels, each from the pixels around it that count."""
    if counts is None:
        return cv2.GaussianBlur(gray, (7, 7), 1.5)
    weight = counts.astype(np.float32)
    shares = np.maximum(cv2.GaussianBlur(weight, (7, 7), 1.5), 1e-6)
    return np.rint(cv2.GaussianBlur(gray * weight, (7, 7), 1.5) / shares).astype(np.uint8)
