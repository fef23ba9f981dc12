"""Tones like those around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cocosynth.core.checks import Range
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.draw import check_strength, draw_strength
from cocosynth.render.harmonize.surroundings import Surroundings


@dataclass(frozen=True)
class Histogram:
    """Give the object the histogram of its surroundings, channel by channel.

    The darkest part of the object becomes as dark as the darkest part of the surroundings, and so
    on, by scikit-image's `match_histograms`.

    Parameters
    ----------
    strength_range : tuple of float
        0 keeps the colours, 1 takes the histogram of the surroundings over. From 0 to 1.
    p : float
        Probability, from 0 to 1.
    """

    strength_range: Range = (0.2, 0.5)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_strength(self.strength_range, self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        strength = draw_strength(rng, self.strength_range, self.p)
        return None if strength is None else {"strength": strength}

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        from skimage.exposure import match_histograms

        strength, places = values["strength"], np.flatnonzero(mask)
        changed = colors.copy()
        if not strength or not places.size:
            return changed
        inside = colors.reshape(-1, 1, 3)[places]
        matched = match_histograms(inside, around.image.reshape(-1, 1, 3), channel_axis=-1)
        mixed = inside + strength * (matched.astype(np.float32) - inside)
        changed.reshape(-1, 3)[places] = np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)[:, 0]
        return changed
