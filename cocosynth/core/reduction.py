"""Photographs much larger than what is shown of them are decoded smaller: that is faster."""

from __future__ import annotations

import msgspec

from cocosynth.core.values import Background, Box, Size

REDUCTIONS = (8, 4, 2)
"""How many times smaller the decoder of JPEG gives a picture."""

_SPARE = 1.25
"""How many more pixels a side must be left than are shown: then the picture is as sharp."""


def reduction_of(background: Background, size: Size) -> int:
    """Return how many times smaller the photo of a background can be decoded.

    Examples
    --------
    >>> reduction_of(Background(0, Box(0, 0, 3000, 4000)), (480, 640))
    4
    """
    shown, cropped = background.place_in(size).size, background.crop.size
    spare = min(had / (needed * _SPARE) for had, needed in zip(cropped, shown, strict=True))
    return next((reduction for reduction in REDUCTIONS if reduction <= spare), 1)


def reduced(background: Background, size: Size) -> Background:
    """Let the photo of a background be decoded smaller where it can be.

    Its crop then begins and ends between the pixels of the smaller picture, so that masks, which
    are counted in pixels of the photo, lie exactly on what they show.

    Examples
    --------
    >>> reduced(Background(0, Box(10, 0, 3001, 4000)), (480, 640)).crop
    Box(top=8, left=0, bottom=3000, right=4000)
    """
    times = reduction_of(background, size)
    if times == 1:
        return background
    crop = Box(*(edge // times * times for edge in background.crop))
    return msgspec.structs.replace(background, crop=crop, reduction=times)


def in_smaller(crop: Box, reduction: int) -> Box:
    """Return where a crop lies in a picture that is so many times smaller."""
    return Box(*(edge // reduction for edge in crop))
