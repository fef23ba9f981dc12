"""The blend modes of a build: one for all objects, or one drawn for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import msgspec

from cocosynth.core.choose import is_choice, weighted
from cocosynth.core.registry import Spec, name_of
from cocosynth.render.blend import BLEND, BlendMode


@dataclasses.dataclass(frozen=True)
class ChosenMode:
    """A blend mode, and how often it is drawn.

    Attributes
    ----------
    name : str
        In the configuration.
    called : str
        What scenes know it by; empty for the only one of a build.
    mode : BlendMode
    weight : float
    source_code : dict of str
        The digest of the source code, of a class of the user's own.
    """

    name: str
    called: str
    mode: BlendMode
    weight: float
    source_code: dict[str, str]

    @property
    def preparation(self) -> dict[str, Any]:
        """Describe what decides how the mode prepares instances."""
        fields = [field.name for field in dataclasses.fields(self.mode)]  # type: ignore[arg-type]
        names = getattr(self.mode, "prepared_by", fields)
        parameters = {name: getattr(self.mode, name) for name in sorted(names)}
        described = {"mode": self.name, "parameters": msgspec.to_builtins(parameters)}
        return {**described, "source_code": self.source_code} if self.source_code else described


def chosen_modes(value: Spec) -> tuple[ChosenMode, ...]:
    """Make the modes that the key `blend` names.

    Raises
    ------
    CocosynthError
        If there is no such mode, or a weight or a parameter is wrong.
    """
    weights = [one.weight for one in weighted(value, BLEND.key)] if is_choice(value) else [1.0]
    names = [name_of(spec) for _, spec in BLEND.parts(value)]
    return tuple(
        ChosenMode(
            name=name,
            called=name if len(names) > 1 else "",
            mode=mode,
            weight=weight,
            source_code=BLEND.source_code(name),
        )
        for name, mode, weight in zip(names, BLEND.make(value), weights, strict=True)
    )


def preparations_of(modes: Sequence[ChosenMode]) -> list[dict[str, Any]]:
    """Return the different ways in which some modes prepare instances, in order."""
    found: list[dict[str, Any]] = []
    for mode in modes:
        if mode.preparation not in found:
            found.append(mode.preparation)
    return found


def cumulative(modes: Sequence[ChosenMode]) -> tuple[tuple[str, float], ...]:
    """Return the names of some modes, each with the cumulative chance that it is drawn."""
    total, reached = sum(mode.weight for mode in modes), 0.0
    chances = []
    for mode in modes:
        reached += mode.weight / total
        chances.append((mode.called, reached))
    return tuple(chances)
