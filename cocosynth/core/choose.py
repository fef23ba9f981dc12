"""``{choose: {name: weight, ...}}``: one of several techniques, drawn for each use."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from cocosynth.core.errors import CocosynthError

CHOOSE = "choose"
WEIGHT = "weight"


class Weighted(NamedTuple):
    """One of several techniques.

    Attributes
    ----------
    where : str
        Its place in the configuration, for error texts.
    spec : dict
        ``{name: parameters}``.
    weight : float
        How often it is drawn, relative to the others.
    """

    where: str
    spec: dict[str, Any]
    weight: float


def is_choice(value: Any) -> bool:
    return isinstance(value, dict) and CHOOSE in value


def weighted(value: Any, where: str) -> list[Weighted]:
    """Read the techniques of a choice; those of weight 0 are not in it.

    A technique's parameters may stand beside its weight: ``{feather: {weight: 2, radius: 3}}``.

    Raises
    ------
    CocosynthError
        If it names no technique, or a weight is not a number of 0 or more.
    """
    choices = value[CHOOSE]
    if len(value) > 1 or not isinstance(choices, dict) or not choices:
        raise CocosynthError(f"{where}.{CHOOSE}: give names and weights, as {{paste: 1}}")
    found = [_weighted(name, entry, f"{where}.{CHOOSE}") for name, entry in choices.items()]
    if not any(one.weight for one in found):
        raise CocosynthError(f"{where}.{CHOOSE}: all weights are 0; give one another weight")
    return [one for one in found if one.weight]


def _weighted(name: str, entry: Any, where: str) -> Weighted:
    parameters = dict(entry) if isinstance(entry, dict) else {}
    if entry is not None and not isinstance(entry, dict):
        parameters[WEIGHT] = entry
    weight = parameters.pop(WEIGHT, 1)
    if type(weight) not in (int, float) or not math.isfinite(weight) or weight < 0:
        raise CocosynthError(
            f"{where}.{name}: the weight must be a number of 0 or more, got {weight!r}"
        )
    return Weighted(where, {name: parameters}, float(weight))
