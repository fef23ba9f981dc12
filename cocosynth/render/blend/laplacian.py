"""Coarse colours mixed widely, fine ones sharply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import ALPHA_THRESHOLD, Image, Rgba
from cocosynth.foregrounds.edge_colors import without_rim


@dataclass(frozen=True)
class Laplacian:
    """Mix each size of detail over a width of its own: fine detail sharply, broad colours widely.

    Burt and Adelson, "A Multiresolution Spline with Application to Image Mosaics" (1983).

    Parameters
    ----------
    levels : int
        How often the picture is halved, from 1 to 7. Broad colours of the object fade over about
        `2 ** (levels + 1)` pixels of the canvas on both sides of its outline: 8 for 2, 16 for 3;
        what is thinner fades as a whole.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image, from 0 to
        100; 0 leaves the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)

    levels: int = 2
    rim: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.levels <= 7:
            raise ValueError(f"levels must lie in [1, 7], got {self.levels}")
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    @property
    def reach(self) -> int:
        return 4 * (2**self.levels - 1)  # what the filters of all levels span together

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim)

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        alpha = cv2.extractChannel(foreground, 3)
        _, weight = cv2.threshold(alpha, ALPHA_THRESHOLD - 1, 1, cv2.THRESH_BINARY)
        colors = cv2.cvtColor(foreground, cv2.COLOR_RGBA2RGB)
        change = _weighted(
            cv2.subtract(colors, canvas, dtype=cv2.CV_32F), weight.astype(np.float32), self.levels
        )
        cv2.add(canvas, change, dst=canvas, dtype=cv2.CV_8U)


def _weighted(
    change: NDArray[np.float32], weight: NDArray[np.float32], levels: int
) -> NDArray[np.float32]:
    """Multiply each band of a change by the weight of its own resolution, and add them up."""
    size = (change.shape[1], change.shape[0])
    if levels == 0 or min(size) < 2:
        return change * weight[..., None]
    low = cv2.pyrDown(change)
    fine = (change - cv2.pyrUp(low, dstsize=size)) * weight[..., None]
    coarse = _weighted(low, cv2.pyrDown(weight), levels - 1)
    total: NDArray[np.float32] = fine + cv2.pyrUp(coarse, dstsize=size)
    return total
