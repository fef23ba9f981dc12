"""Put the values of a preset into a configuration that names it."""

from __future__ import annotations

import copy
from typing import Any

from cocosynth.config.presets import PRESETS
from cocosynth.config.presets.preset import FOREGROUND, ITEM, LIMIT, Part
from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices


def expanded(content: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Fill in what a preset says and no key beside it does.

    Returns
    -------
    content : dict
        Without the key `preset`.
    notes : tuple of str
        What the preset lacks with these sources.

    Raises
    ------
    CocosynthError
        If there is no such preset.
    """
    if content.get("preset") is None:
        return content, ()
    name = content["preset"]
    if not isinstance(name, str) or name not in PRESETS:
        raise CocosynthError(f"preset: there is no preset {name!r}; {choices(name, PRESETS)}")
    filled = {key: value for key, value in content.items() if key != "preset"}
    preset = PRESETS[name]
    notes = tuple(f"preset {name}: {text}" for text in preset.notes_for(filled))
    for part in list(preset.parts_for(filled)):
        _fill(filled, part)
    return filled, notes


def _fill(filled: dict[str, Any], part: Part) -> None:
    value = copy.deepcopy(part.value)
    if part.key.endswith(ITEM):
        filled[part.name] = [*filled.get(part.name, ()), value]
    elif part.key.startswith(LIMIT):
        filled["limits"] = {part.key.removeprefix(LIMIT): value} | filled.get("limits", {})
    elif part.key.startswith(FOREGROUND):
        key, sources = part.key.removeprefix(FOREGROUND), filled.get("foregrounds")
        if isinstance(sources, list):
            filled["foregrounds"] = [
                {key: value, **source} if _takes(source, part) else source for source in sources
            ]
    else:
        filled[part.name] = value


def _takes(source: Any, part: Part) -> bool:
    """Say whether a foreground is of the kind that a part is for."""
    return isinstance(source, dict) and (part.when != "annotated" or "coco" in source)
