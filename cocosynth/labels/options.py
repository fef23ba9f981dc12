"""What no paste may break: the key `limits` of the configuration."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from cocosynth.core.options import Fraction, Strict


class Limits(Strict, frozen=True, kw_only=True):
    """What no paste may break."""

    max_truncation: Annotated[
        Fraction,
        Meta(description="fraction of an object's mask that may lie outside of the canvas"),
    ] = 0.25
    max_overlap: Annotated[
        Fraction,
        Meta(description="fraction of the smaller of two objects that a paste may newly cover"),
    ] = 0.5
    min_visibility: Annotated[
        Fraction, Meta(description="visible fraction below which no object may fall")
    ] = 0.3
    min_area: Annotated[
        int,
        Meta(
            ge=0,
            description="visible pixels below which no pasted object may fall; 0 is as 1: one "
            "pixel of each can be seen",
        ),
    ] = 64
    max_upscale: Annotated[
        float,
        Meta(
            ge=1,
            le=1000,
            description="how many times larger than in its source image an object may become, in "
            "width and height; what `augment` draws beyond it is cut down to it",
        ),
    ] = 2.0
