"""From the name of a technique in the configuration to the object that does it.

A technique is a frozen dataclass: its fields are its parameters, checked by itself. The tables in
`augment/`, `placement/` and `blend/` give the names; a class of the user's own is named by its
dotted path, ``my_package.my_module:MyClass``.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices

Spec = str | dict[str, dict[str, Any] | None]
"""``name``, or ``{name: {parameter: value}}``."""


def make(table: Mapping[str, type], spec: Spec, *, where: str, needs: Sequence[str] = ()) -> Any:
    """Build the technique that a piece of configuration asks for.

    Parameters
    ----------
    table : mapping of str to type
        The techniques that have a name.
    spec : str or dict
        ``name`` or ``{name: {parameter: value}}``.
    where : str
        The place in the configuration, for the error text.
    needs : sequence of str
        What a class of the user's own must have.

    Raises
    ------
    CocosynthError
        If there is no such technique, or a parameter is unknown, missing or out of range.
    """
    name, parameters = _parse(spec, where)
    technique = _find(table, name, where)
    for member in needs:
        if not hasattr(technique, member):
            raise CocosynthError(f"{where}: {name!r} has no {member}; see docs/config.md")
    fields = {field.name for field in dataclasses.fields(technique)}
    for parameter in parameters:
        if parameter not in fields:
            hint = choices(parameter, fields)
            raise CocosynthError(f"{where}.{name}: no parameter {parameter!r}; {hint}")
    try:
        return msgspec.convert(parameters, technique)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise CocosynthError(f"{where}.{name}{path.rstrip('`')}: {reason}") from None


def name_of(spec: Spec) -> str:
    return spec if isinstance(spec, str) else next(iter(spec))


def _parse(spec: Spec, where: str) -> tuple[str, dict[str, Any]]:
    if isinstance(spec, str):
        return spec, {}
    if len(spec) != 1:
        raise CocosynthError(f"{where}: expected one name, got {len(spec)}: {', '.join(spec)}")
    name, parameters = next(iter(spec.items()))
    return name, parameters or {}


def _find(table: Mapping[str, type], name: str, where: str) -> type:
    if name in table:
        return table[name]
    if ":" not in name:
        raise CocosynthError(f"{where}: no technique {name!r}; {choices(name, table)}")
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # the user's module may raise anything
        raise CocosynthError(f"{where}: cannot import {name!r}: {error}") from error
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise CocosynthError(f"{where}: {name!r} is not a dataclass")
    return found
