"""Without colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cocosynth.core.checks import check_fraction
from cocosynth.core.values import Image


@dataclass(frozen=True)
class Grayscale:
    """Give each colour the grey that is as bright (ITU-R BT.601).

    Parameters
    ----------
    p : float
        Probability, from 0 to 1.
    """

    p: float = 0.1

    def __post_init__(self) -> None:
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        return {} if rng.random() < self.p else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        return gray_of(image)


def gray_of(image: Image) -> Image:
    """Return the grey of each colour, in three equal channels."""
    gray: Image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return gray
