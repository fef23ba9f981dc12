"""What the docstring of a technique says: its first line, and its parameters."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of a technique, what it means in words, and its default if it has one."""

    name: str
    text: str
    is_needed: bool
    default: Any = None


def first_line(technique: type) -> str:
    return inspect.cleandoc(technique.__doc__ or "").partition("\n")[0]


def parameters_of(technique: type, given: frozenset[str] = frozenset()) -> list[Parameter]:
    """Read the numpydoc descriptions of a technique's parameters, in the order of its fields.

    Parameters
    ----------
    technique : type
    given : frozenset of str
        Fields that are not parameters.
    """
    described = _described(technique)
    return [
        Parameter(field.name, described[field.name], is_needed(field), _default(field))
        for field in dataclasses.fields(technique)
        if field.name not in given
    ]


def is_needed(field: dataclasses.Field[Any]) -> bool:
    """Whether a parameter has no default."""
    return field.default is field.default_factory is dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if is_needed(field) else field.default


def _described(technique: type) -> dict[str, str]:
    """Return the text below each name that has a heading, ``name, name : type``."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in inspect.cleandoc(technique.__doc__ or "").splitlines():
        heading = re.fullmatch(r"(\w+(?:, \w+)*) : .*", line)
        if heading:
            lines = []
            found.update(dict.fromkeys(heading[1].split(", "), lines))
        elif line.startswith("    "):
            lines.append(line.strip())
    return {name: " ".join(text) for name, text in found.items()}
