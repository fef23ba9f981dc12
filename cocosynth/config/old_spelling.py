"""Keys that stand elsewhere now: what was written for an earlier version still reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cocosynth.core.errors import CocosynthError
from cocosynth.scenes.placement import PLACEMENTS

_AT_THE_TOP = ("min_visibility", "min_area")
_IN_PLACEMENT = ("max_truncation", "max_overlap")
_OF_EVERY_PLACEMENT = ("flush", "tries")


def moved(content: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Move keys from where they stood to where they stand now, and say which.

    Returns
    -------
    content : dict
    notes : tuple of str
        One for each key that was moved.

    Raises
    ------
    CocosynthError
        If one stands in both places.
    """
    rest, limits = _taken(content, _AT_THE_TOP)
    common: dict[str, Any] = {}
    placement: Any = rest.get("placement")
    for name, parameters in placement.items() if isinstance(placement, dict) else ():
        if name in PLACEMENTS and isinstance(parameters, dict):
            others, limits_there = _taken(parameters, _IN_PLACEMENT)
            others, common = _taken(others, _OF_EVERY_PLACEMENT)
            rest["placement"] = {**placement, name: others}
            limits |= limits_there
    known = rest.get("limits", {})
    if limits and isinstance(known, Mapping):  # what is no mapping is refused by its type
        _refuse_twice(limits, known, "under `limits:`")
        rest["limits"] = {**known, **limits}
    else:
        limits = {}
    _refuse_twice(common, rest, "at the top")
    rest.update(common)
    return rest, (
        *(f"`{key}` stands under `limits:` now" for key in limits),
        *(f"`{key}` stands at the top now, beside `placement:`" for key in common),
    )


def _refuse_twice(found: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
    for key in found:
        if key in known:
            raise CocosynthError(f"{key} is given twice; keep the one {where}")


def _taken(content: dict[str, Any], keys: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part a mapping into all other keys and these."""
    rest = {key: value for key, value in content.items() if key not in keys}
    return rest, {key: content[key] for key in keys if key in content}
