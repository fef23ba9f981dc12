"""What all harmonisations draw: whether, and how far."""

from __future__ import annotations

import numpy as np

from cocosynth.core.checks import Range, check_fraction, check_range
from cocosynth.core.randomness import uniform


def check_strength(strength_range: Range, p: float) -> None:
    check_range("strength_range", strength_range, low=0, high=1)
    check_fraction("p", p)


def draw_strength(rng: np.random.Generator, strength_range: Range, p: float) -> float | None:
    """Draw a strength, None for no change; two numbers, whatever comes out."""
    happens, strength = rng.random() < p, uniform(rng, strength_range)
    return strength if happens else None
