"""What a technique may know of the build before the first image is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cocosynth.core.guard import Guard


@dataclass(frozen=True, eq=False)
class Known:
    """What is the same for all images of a build.

    Attributes
    ----------
    categories : mapping of str to int
        The id of each category of the output, by name.
    carried : frozenset of str
        The names of the categories of which backgrounds bring annotations along.
    """

    categories: Mapping[str, int]
    carried: frozenset[str] = frozenset()


def prepared(technique: Any, known: Known) -> Any:
    """Let a technique that has a method `prepared` look at what is known; it gives one to use.

    Raises
    ------
    CocosynthError
        If it cannot work with these sources.
    """
    prepare = getattr(technique, "prepared", None)
    if prepare is None:
        return technique
    made = prepare(known)
    return technique.like(made) if isinstance(technique, Guard) else made
