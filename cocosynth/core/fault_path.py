"""Where in a value a fault is, with the keys of mappings that msgspec does not name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from cocosynth.core.decoding import Fault, fault_of

_KEYED = "[...]"  # how msgspec writes "one of the values of this mapping"


def path_of(fault: Fault, value: Any, convert: Callable[[Any], Any]) -> list[str]:
    """Return the steps to a fault: ``name`` or ``[position]``.

    Parameters
    ----------
    fault : Fault
    value : object
    convert : callable
        What found the fault in the value.
    """
    path: list[str] = []
    for token in re.findall(r"\[\.\.\.\]|\[\d+\]|[^.\[\]]+", fault.where):
        path.append(_key(fault, value, path, convert) if token == _KEYED else token)
    return path


def _key(fault: Fault, value: Any, path: list[str], convert: Callable[[Any], Any]) -> str:
    """Return the key of a mapping whose value is at fault: the one that is so alone, too."""
    keys = list(_at(value, path))
    for key in keys:
        try:
            convert(_only(value, path, key))
        except msgspec.ValidationError as error:
            if fault_of(error).where == fault.where:
                return str(key)
    return str(keys[0])


def _at(value: Any, path: Sequence[str]) -> Any:
    for token in path:
        value = value[int(token[1:-1])] if token.startswith("[") else value[token]
    return value


def _only(value: Any, path: Sequence[str], key: Any) -> Any:
    """Return a value in which a mapping has one of its keys only."""
    if not path:
        return {key: value[key]}
    if path[0].startswith("["):
        position = int(path[0][1:-1])
        return [
            _only(part, path[1:], key) if i == position else part for i, part in enumerate(value)
        ]
    return {**value, path[0]: _only(value[path[0]], path[1:], key)}
