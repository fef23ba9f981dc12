"""Pictures that are masks, or look like them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cocosynth.core.errors import UnusableError
from cocosynth.core.image_header import image_header
from cocosynth.core.images import read_rgba
from cocosynth.core.numbers import read_numbers
from cocosynth.core.values import ALPHA_THRESHOLD, Reading, Rgba

_CLOSE = 16  # levels from black or white: JPEG does not keep them exactly
_ALL = 0.995  # the share of pixels that are nearly black or white


def read_mask(path: str | Path) -> Rgba:
    """Read a mask file, upright; ones in 16 bits are white, as ones in 8 bits are.

    Raises
    ------
    UnusableError
        If it cannot be read.
    """
    rgba = read_rgba(path)
    if rgba[..., :3].max(initial=0) < ALPHA_THRESHOLD and image_header(path).deep:
        brightest = float(read_numbers(path, upright=True).values.max(initial=0))
        if brightest > 0:
            return read_rgba(path, Reading(value_range=(0.0, brightest)))
    return rgba


def has_two_colours(path: str | Path) -> bool:
    """Say whether a picture has two colours, one of them black; what cannot be read has not."""
    try:
        rgba = read_mask(path)
    except UnusableError:
        return False
    black = ~rgba[..., :3].any(axis=2)
    others = rgba[~black]
    return bool(black.any() and len(others) and (others == others[0]).all() and _is_opaque(rgba))


def is_like_mask(rgba: Rgba) -> bool:
    """Say whether a picture is black here and white there, or has two colours in all."""
    if not _is_opaque(rgba):
        return False
    darkest, brightest = rgba[..., :3].min(axis=2), rgba[..., :3].max(axis=2)
    black, white = brightest <= _CLOSE, darkest >= 255 - _CLOSE
    if black.any() and white.any() and (black | white).mean() >= _ALL:
        return True
    others = rgba[(rgba != rgba[0, 0]).any(axis=2)]
    return bool(len(others) and (others == others[0]).all())


def _is_opaque(rgba: Rgba) -> bool:
    return bool(np.all(rgba[..., 3] == 255))
