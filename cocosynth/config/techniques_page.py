"""The docs page of all techniques, `docs/techniques.md`, made from their tables and docstrings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cocosynth.config.docstrings import Parameter, first_line, parameters_of
from cocosynth.config.kinds import KINDS
from cocosynth.core.registry import Kind

_HEAD = """\
# Techniques

A technique is named, as in `blend: paste`, or named with parameters, as in
`blend: {feather: {radius: 4}}`. Where a key holds a list, each item is one technique. How to use a
class of your own: [config.md](config.md#techniques-of-your-own).

This page is written by `make schemas` from the code.
"""


def techniques_page() -> str:
    """Describe every technique: its first line, its parameters and their defaults."""
    return "\n".join([_HEAD, *(line for kind in KINDS for line in _kind(kind))])


def _kind(kind: Kind[Any]) -> Iterator[str]:
    yield f"## `{kind.key}`\n"
    several = " One, or a list." if kind.alone else " A list." if kind.many else ""
    yield f"{kind.about}{several}\n"
    if kind.like:
        yield f"The techniques are those of [`{kind.like}`](#{kind.like}).\n"
        return
    for name, technique in sorted(kind.table.items()):
        yield f"### `{name}`\n"
        yield f"{first_line(technique)}\n"
        parameters = parameters_of(technique, kind.given)
        if parameters:
            yield "| parameter | default | meaning |"
            yield "|---|---|---|"
            yield from map(_row, parameters)
            yield ""
    members = " and ".join(f"`{member}`" for member in kind.needs)
    yield f"A class of your own has {members}: see `{_home(kind)}`.\n"


def _row(parameter: Parameter) -> str:
    default = "needed" if parameter.is_needed else f"`{_shown(parameter.default)}`"
    return f"| `{parameter.name}` | {default} | {parameter.text} |"


def _shown(value: Any) -> str:
    """Write a value as YAML has it, numbers with four digits."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)


def _home(kind: Kind[Any]) -> str:
    """Return the file that says what a technique of this kind must do."""
    technique = next(iter(kind.table.values()))
    folder = technique.__module__.rpartition(".")[0].replace(".", "/")
    return f"{folder}/__init__.py"
