"""What the docstring of a technique says: its first line, and its parameters."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter of a technique, what it means in words, and its default."""

    name: str
    text: str
    default: Any


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
    fields = [field for field in dataclasses.fields(technique) if field.name not in given]
    return [Parameter(field.name, described[field.name], field.default) for field in fields]


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
