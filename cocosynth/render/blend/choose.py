"""The blend modes of a build: one for all objects, or one drawn for each."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from cocosynth.core.choose import is_choice, weighted
from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import Spec, name_of
from cocosynth.render.blend import BLEND, VARIANTS, BlendMode


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


def variant_modes(specs: Sequence[Spec]) -> tuple[ChosenMode, ...]:
    """Make the modes that the key `variants` names; each is called by its name.

    Raises
    ------
    CocosynthError
        If there is no such mode, one is named twice, or a parameter is wrong.
    """
    modes = VARIANTS.make(specs)
    names = [name_of(spec) for spec in specs]
    for number, name in enumerate(names):
        if not re.fullmatch(r"\w+", variant_name(name), re.ASCII):
            raise CocosynthError(
                f"variants[{number}]: {variant_name(name)!r} cannot be part of a file name; name "
                "the class in letters from a to z, digits and underscores"
            )
        if variant_name(name) in map(variant_name, names[:number]):
            raise CocosynthError(
                f"variants[{number}]: {variant_name(name)!r} is named twice; the names of files "
                "tell variants apart"
            )
    return tuple(
        ChosenMode(name, name, mode, 1.0, VARIANTS.source_code((spec,)))
        for name, mode, spec in zip(names, modes, specs, strict=True)
    )


def variant_name(name: str) -> str:
    """Return what a mode is called in the names of files: a class of the user's own by its name."""
    return name.rpartition(":")[2]


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
