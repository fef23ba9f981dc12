"""As sharp as what is around."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.checks import Range, check_range
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.draw import check_strength, draw_strength
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.tones.blur import blurred
from cocosynth.render.tones.sight import Sight

_MORE = 1.0  # sigma of the second blur, in pixels
_STEEPEST = 0.9  # the quantile of the gradients from which on a pixel lies at an edge
_EDGE = 4.0  # grey levels a pixel; what rises less is no edge
_EDGES = 40  # pixels at edges that are needed
_SOME = 5000  # pixels that tell a quantile
_INSIDE = 2  # pixels from the outline that do not count


@dataclass(frozen=True)
class Focus:
    """Blur the object until it is as sharp as its surroundings; a soft object stays as it is.

    How sharp a picture is shows at its edges: where they are blurred once more, a sharp one loses
    more of its slope than a soft one (Zhuo and Sim, "Defocus map estimation from a single image",
    2011). Where object or surroundings have no edges, nothing is changed.

    Parameters
    ----------
    strength_range : tuple of float
        The share of the missing blur that is added. From 0 to 1.
    max_sigma : float
        The strongest blur, as the standard deviation of a Gaussian in pixels of the canvas, from 0
        to 50.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    strength_range: Range = (0.7, 1.0)
    max_sigma: float = 4.0
    p: float = 1.0

    def __post_init__(self) -> None:
        check_strength(self.strength_range, self.p)
        check_range("max_sigma", (self.max_sigma, self.max_sigma), low=0, high=50)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        strength = draw_strength(rng, self.strength_range, self.p)
        return None if strength is None else {"strength": strength, "max_sigma": self.max_sigma}

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        if not values["strength"]:
            return colors.copy()
        own, theirs = blur_of(colors, _inner(mask)), blur_of(around.image)
        if own is None or theirs is None or theirs <= own:
            return colors.copy()
        missing = values["strength"] * math.sqrt(theirs**2 - own**2)
        return blurred(colors, min(missing, values["max_sigma"]))


def blur_of(image: Image, counts: Mask | None = None) -> float | None:
    """Estimate how much a picture is blurred, as the sigma of a Gaussian, in pixels.

    Parameters
    ----------
    image : ndarray of uint8, shape (h, w, 3)
    counts : ndarray of bool, shape (h, w), optional
        The pixels that count; all by default.

    Returns
    -------
    float or None
        The median over the steepest pixels; None where too few are steep.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    slope = _slope(gray)
    soft = _slope(cv2.GaussianBlur(gray, (0, 0), _MORE, borderType=cv2.BORDER_REPLICATE))
    if counts is not None:
        slope, soft = slope[counts], soft[counts]
    if slope.size < _EDGES:
        return None
    some = slope.ravel()[:: max(1, slope.size // _SOME)]
    steep = np.flatnonzero(slope >= max(_EDGE, float(np.quantile(some, _STEEPEST))))
    if steep.size < _EDGES:
        return None
    ratio = float(np.median(slope.ravel()[steep] / np.maximum(soft.ravel()[steep], 1e-3)))
    return _MORE / math.sqrt(max(ratio**2 - 1, 1e-2))


def _slope(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the length of the gradient, in grey levels a pixel."""
    across = cv2.Sobel(gray, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(gray, cv2.CV_32F, 0, 1, scale=1 / 8)
    return cv2.magnitude(across, down)


def _inner(mask: Mask) -> Mask:
    square = np.ones((2 * _INSIDE + 1, 2 * _INSIDE + 1), dtype=np.uint8)
    return cv2.erode(mask.view(np.uint8), square, borderValue=0).view(np.bool_)
