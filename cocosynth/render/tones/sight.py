"""How much of an image a tone looks at to colour one pixel of it."""

from __future__ import annotations

from typing import Literal, cast, get_args

from cocosynth.core.errors import TechniqueError

Sight = Literal["pixel", "neighbours", "all"]


def sight_of(tone: object, name: str) -> Sight:
    """Return what a tone looks at: its class attribute `looks_at`, the pixel alone without it."""
    sight = getattr(tone, "looks_at", "pixel")
    if sight not in get_args(Sight):
        raise TechniqueError(
            f"{name}: looks_at must be one of {', '.join(get_args(Sight))}, got {sight!r}"
        )
    return cast(Sight, sight)
