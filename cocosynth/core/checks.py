"""Checks of parameters: a technique refuses its own by them."""

from __future__ import annotations

import math

Range = tuple[float, float]


def check_range(
    name: str, range_: Range, *, low: float = -math.inf, high: float = math.inf
) -> None:
    """Refuse a range that is reversed, not finite, or leaves [low, high]."""
    first, last = range_
    if not (math.isfinite(first) and math.isfinite(last)):
        raise ValueError(f"{name} must be finite, got [{first}, {last}]")
    if first > last:
        raise ValueError(f"{name} must go from low to high, got [{first}, {last}]")
    if first < low or last > high:
        hint = ""  # to fractions and factors that look like percent
        if high <= 10 and low <= first / 100 and 2 <= last <= 100 * high:
            hint = f"; for {first:g} % to {last:g} % write [{first / 100:g}, {last / 100:g}]"
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got [{first}, {last}]{hint}")


def check_fraction(name: str, value: float, *, high: float = 1) -> None:
    """Refuse a number that is no fraction, or none up to a limit."""
    if not 0 <= value <= high:
        raise ValueError(f"{name} must lie in [0, {high:g}], got {value}{in_percent(value)}")


def in_percent(value: float) -> str:
    """Return what to write in place of a number that looks like percent, if it does.

    Examples
    --------
    >>> in_percent(30), in_percent(-1)
    ('; for 30 % write 0.3', '')
    """
    return f"; for {value:g} % write {value / 100:g}" if 2 <= value <= 100 else ""
