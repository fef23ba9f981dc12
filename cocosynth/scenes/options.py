"""The canvas of a scene: the key `canvas` of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cocosynth.core.options import Pixels, Strict
from cocosynth.core.values import MAX_PIXELS

Order = Literal["random", "lower_in_front"]


class Canvas(Strict, frozen=True, kw_only=True):
    """The size of the output images."""

    width: Pixels
    height: Pixels
    fit: Annotated[
        Literal["cover", "crop", "stretch"],
        Meta(
            description="cover: scale the background to cover the canvas, crop what is over; "
            "crop: cut the canvas out of it at its own resolution where it is large enough; "
            "stretch: distort it to the canvas"
        ),
    ] = "cover"

    def __post_init__(self) -> None:
        if self.width * self.height > MAX_PIXELS:
            raise ValueError(
                f"canvas must have at most {MAX_PIXELS} pixels, got {self.width} x {self.height}"
            )
