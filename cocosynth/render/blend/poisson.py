"""The object's gradients in the light of the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import cv2
import numpy as np

from cocosynth.core.errors import CannotBlendError
from cocosynth.core.values import ALPHA_THRESHOLD, Image, Mask, Rgba
from cocosynth.foregrounds.edge_colors import without_halo, without_rim
from cocosynth.render.blend.membrane import Field, neighbors, solve
from cocosynth.render.tones.grayscale import gray_of


@dataclass(frozen=True)
class Poisson:
    """Keep the object's gradients, and let its outline have the colours of the background.

    Perez, Gangnet and Blake, "Poisson Image Editing" (2003), solved on the pixels of the mask
    alone, so that no other pixel changes; at the border of the canvas the object is free. On a
    background of other colours an object takes them on, and may hardly be seen any more. One that
    covers the whole canvas is pasted as it is, and counted.

    Parameters
    ----------
    mode : {"normal", "mixed", "monochrome"}
        normal: the gradients of the object; mixed: at each pixel those of the object or of the
        background, whichever is stronger, so that the background shines through flat parts;
        monochrome: those of the object without its colours.
    rim : int
        How wide a rim is cleaned of the old background, in pixels of the source image, from 0 to
        100; 0 leaves the object's colours alone.
    """

    prepared_by: ClassVar[tuple[str, ...]] = ("rim",)
    takes_light: ClassVar[bool] = True

    mode: Literal["normal", "mixed", "monochrome"] = "normal"
    rim: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.rim <= 100:
            raise ValueError(f"rim must lie in [0, 100], got {self.rim}")

    @property
    def reach(self) -> int:
        return 0

    def prepare(self, rgba: Rgba) -> Rgba:
        return without_rim(rgba, width=self.rim) if self.rim else without_halo(rgba)

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        inside = cv2.extractChannel(foreground, 3) >= ALPHA_THRESHOLD
        if inside.all():
            raise CannotBlendError("no pixel of the background beside an object for poisson")
        colors = cv2.cvtColor(foreground, cv2.COLOR_RGBA2RGB)
        if self.mode == "monochrome":
            colors = gray_of(colors)
        source, target = colors.astype(np.float32), canvas.astype(np.float32)
        within = cv2.merge([inside.astype(np.float32)] * 3)
        right = _outline(source, target, within)
        if self.mode == "mixed":
            right += _stronger(source, target, inside)
        mixed = np.rint(source + solve(inside, right)).clip(0, 255).astype(np.uint8)
        cv2.copyTo(mixed, inside.view(np.uint8), canvas)


def _outline(source: Field, target: Field, within: Field) -> Field:
    """Sum, over the neighbours outside of the mask, by how much the background differs there."""
    outside = 1 - within
    return neighbors(target * outside) - source * neighbors(outside)


def _stronger(source: Field, target: Field, inside: Mask) -> Field:
    """Sum, over the neighbours, what a gradient of the background has over the object's."""
    right = np.zeros_like(source)
    for axis in (0, 1):
        first, second = ((slice(None),) * axis + (part,) for part in (slice(-1), slice(1, None)))
        own, other = (image[first] - image[second] for image in (source, target))
        own *= (inside[first] & inside[second])[..., None]
        wins = np.square(other).sum(axis=2) > np.square(own).sum(axis=2)
        more = (other - own) * wins[..., None]
        right[first] += more
        right[second] -= more
    return right * inside[..., None].astype(np.float32)
