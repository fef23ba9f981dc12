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
        raise ValueError(f"{name} must lie in [{low:g}, {high:g}], got [{first}, {last}]")


def check_fraction(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie in [0, 1], got {value}")
