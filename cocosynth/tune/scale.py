"""Sliders over wide limits: what makes sense has room on them."""

from __future__ import annotations

import math
from typing import Any

_MOST_BENT = 4.0


def scale_of(low: float, high: float, middle: Any, *, whole: bool) -> dict[str, Any]:
    """Return the step of a slider, and how it is bent so that what makes sense has room on it.

    Documented limits are wide: a factor of brightness may be 10, and mostly is about 1.
    """
    step = _step(high - low, whole=whole)
    if low < 0 < high and high == -low:
        return {"scale": "both" if high > 1 else "even", "bend": 2, "step": step}
    if middle is None or isinstance(middle, bool):
        middle = 1.0 if low < 1 < high and high >= 10 else (low + high) / 2
    share = (middle - low) / (high - low)
    if low > 0 and low < middle < high:
        logarithmic = math.log(middle / low) / math.log(high / low)
        if abs(logarithmic - 0.5) < abs(share - 0.5):
            return {"scale": "log", "bend": 1, "step": step}
    if 0 < share < 0.25:
        bend = min(_MOST_BENT, math.log(share) / math.log(0.5))
        return {"scale": "power", "bend": round(bend, 3), "step": step}
    return {"scale": "even", "bend": 1, "step": step}


def _step(span: float, *, whole: bool) -> float:
    if whole:
        return 1
    return float(10 ** min(-1, math.floor(math.log10(span)) - 2))
