"""Without colour where the photograph has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cocosynth.core.checks import Range
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.draw import check_strength, draw_strength
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.tones.grayscale import gray_of

_STEP = 4  # one pixel of 16 is looked at
_LIGHT = (21.0, 234.0)  # outside of it white and black are no sign of a photograph without colour
_ENOUGH = 0.02  # of the pixels must lie between
_MOST = 4.0  # levels between the channels, in the mean


@dataclass(frozen=True)
class GrayscaleLikeBackground:
    """Take the colour out of the object where its background is a photograph without colour.

    The whole background decides, not the surroundings alone: a grey wall in a colour photograph is
    no reason. It has no colour where the channels of its pixels, black and white ones apart, differ
    by at most 4 of 255 levels in the mean.

    Parameters
    ----------
    strength_range : tuple of float
        The share of the colour that is taken away. From 0 to 1.
    p : float
        Probability, from 0 to 1.
    """

    strength_range: Range = (1.0, 1.0)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_strength(self.strength_range, self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        strength = draw_strength(rng, self.strength_range, self.p)
        return None if strength is None else {"strength": strength}

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        strength = values["strength"]
        if not strength or not has_no_color(around.frame):
            return colors.copy()
        changed: Image = cv2.addWeighted(gray_of(colors), strength, colors, 1 - strength, 0)
        return changed


def has_no_color(frame: Image) -> bool:
    """Say whether a photograph has no colour; one of black and white pixels only tells nothing."""
    some = np.ascontiguousarray(frame[::_STEP, ::_STEP])
    telling = cv2.inRange(cv2.cvtColor(some, cv2.COLOR_RGB2GRAY), *_LIGHT)
    if cv2.countNonZero(telling) < _ENOUGH * telling.size:
        return False
    red, green, blue = cv2.split(some)
    most, least = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return cv2.mean(cv2.subtract(most, least), mask=telling)[0] <= _MOST
