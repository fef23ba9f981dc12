"""How many images of each dataset are taken, and which."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from cocosynth.core.errors import CocosynthError
from cocosynth.core.randomness import rng_for


def parse_ratio(text: str) -> tuple[Fraction, ...]:
    """Read a ratio such as ``1:2`` or ``1:0.5``.

    Raises
    ------
    CocosynthError
        If it is none, or a term is not above 0.

    Examples
    --------
    >>> parse_ratio("1:0.5")
    (Fraction(1, 1), Fraction(1, 2))
    """
    try:
        terms = tuple(Fraction(term) for term in text.split(":"))
    except (ValueError, ZeroDivisionError):
        terms = ()
    if not terms or min(terms) <= 0:
        raise CocosynthError(f"--ratio: give a number above 0 for each file, as 1:2, got {text!r}")
    return terms


def amounts(available: Sequence[int], ratio: Sequence[Fraction]) -> list[int]:
    """Return how many images of each dataset make the most images in a ratio, none taken twice.

    At least one dataset is used up; the others' shares are rounded down.

    Examples
    --------
    >>> amounts([50, 1000], parse_ratio("1:2"))
    [50, 100]
    >>> amounts([50, 30], parse_ratio("1:2"))
    [15, 30]
    """
    scale = min(Fraction(count) / term for count, term in zip(available, ratio, strict=True))
    return [int(scale * term) for term in ratio]


def sample(positions: Sequence[int], amount: int, *, seed: int, dataset: int) -> list[int]:
    """Draw some of the images of a dataset, in their order.

    A smaller amount is a part of a larger one, and does not depend on the other datasets.
    """
    order = rng_for(seed, "merge", dataset).permutation(len(positions))
    return [positions[i] for i in sorted(order[:amount].tolist())]
