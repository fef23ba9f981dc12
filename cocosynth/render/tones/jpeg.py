"""Compressed once before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np

from cocosynth.core.checks import check_fraction, check_range
from cocosynth.core.values import Image
from cocosynth.render.tones.sight import Sight


@dataclass(frozen=True)
class Jpeg:
    """Compress as JPEG and read again, with what that does to the colours.

    Parameters
    ----------
    quality_range : tuple of int
        Quality of JPEG, from 1 to 100.
    p : float
        Probability, from 0 to 1.
    """

    looks_at: ClassVar[Sight] = "neighbours"

    quality_range: tuple[int, int] = (40, 95)
    p: float = 1.0

    def __post_init__(self) -> None:
        check_range("quality_range", self.quality_range, low=1, high=100)
        check_fraction("p", self.p)

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        low, high = self.quality_range
        happens, quality = rng.random() < self.p, low + int(rng.random() * (high - low + 1))
        return {"quality": quality} if happens else None

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        how = [cv2.IMWRITE_JPEG_QUALITY, values["quality"]]
        _, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), how)
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR_RGB))
