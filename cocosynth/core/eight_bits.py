"""From the numbers of a picture to 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_WHITE = 65535.0


def eight_bits(
    values: NDArray[Any], value_range: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """Scale numbers to 0..255; what is no number, or lies outside of the range, is cut off.

    Parameters
    ----------
    values : ndarray
        Numbers of 8 bits stay as they are.
    value_range : tuple of float, optional
        What becomes 0 and 255; by default 0 and `white_of` the values.

    Examples
    --------
    >>> eight_bits(np.array([0, 7200, 7455, 7710], dtype=np.uint16), (7200, 7710))
    array([  0,   0, 128, 255], dtype=uint8)
    """
    if values.dtype == np.uint8:
        return values
    low, high = value_range or (0.0, white_of(values))
    if values.dtype == np.uint16:
        return _scaled(np.arange(2**16, dtype=np.float64), low, high)[values]
    with np.errstate(invalid="ignore"):  # of what is no number, there are several kinds
        numbers = values.astype(np.float64)
    return _scaled(np.nan_to_num(numbers, nan=low, posinf=low, neginf=low), low, high)


def _scaled(numbers: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    with np.errstate(over="ignore"):  # of a tiny range: what is far above it is white
        fractions = (numbers - low) / (high - low)
    return np.rint(np.clip(fractions, 0, 1) * 255).astype(np.uint8)


def white_of(values: NDArray[Any]) -> float:
    """Return the number that is white where nobody says another.

    For integers that is the largest of 16 bits. Numbers with a decimal point run to 1, 255 or
    65535: to the smallest of these that holds the largest of them.
    """
    if values.dtype.kind != "f":
        return _WHITE
    brightest = np.max(values, where=np.isfinite(values), initial=0)
    return next((white for white in (1.0, 255.0) if brightest <= white), _WHITE)
