"""Which numbers pictures use, measured so that single odd pixels do not count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from cocosynth.core.eight_bits import white_of
from cocosynth.core.errors import UnusableError
from cocosynth.core.numbers import read_numbers

_PIXELS = 1 << 20  # of a picture that are looked at, about
_STEPS = np.linspace(0, 1, 1001)
_TAIL = 0.001  # the share of all pixels that may lie below the range, and above


class Spread(msgspec.Struct, frozen=True):
    """Quantiles of the numbers of a picture.

    Attributes
    ----------
    quantiles : list of float
        In steps of a thousandth, from the least to the largest number; empty where there is none.
    white : float
        What would be white without a range.
    whole : bool
        They are whole numbers.
    """

    quantiles: list[float]
    white: float
    whole: bool


def spread_of(path: str | Path, bands: Sequence[int] | None) -> Spread | None:
    """Measure a picture; None where it cannot be read, which is reported elsewhere."""
    try:
        numbers = read_numbers(path, upright=False, bands=bands)
    except UnusableError:
        return None
    values = numbers.values
    step = max(1, int(np.sqrt(values.shape[0] * values.shape[1] / _PIXELS)))
    found = values[::step, ::step].ravel()
    if found.dtype.kind == "f":
        found = found[np.isfinite(found)]
    if numbers.no_data is not None:
        found = found[found != numbers.no_data]
    quantiles = np.quantile(found, _STEPS).tolist() if found.size else []
    return Spread(quantiles, white_of(values), values.dtype.kind != "f")


def range_of(spreads: Sequence[Spread]) -> tuple[float, float] | None:
    """Return the range that holds all but a thousandth of the pixels, at each end.

    Every picture counts alike. None where no picture has a number.
    """
    pool = np.array([value for spread in spreads for value in spread.quantiles])
    if not pool.size:
        return None
    low, high = np.quantile(pool, (_TAIL, 1 - _TAIL)).tolist()
    if all(spread.whole for spread in spreads):
        low, high = float(np.floor(low)), float(np.ceil(high))
    return (low, high) if low < high else (low, low + 1)
