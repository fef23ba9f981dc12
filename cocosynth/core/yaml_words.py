"""A value as a person wrote it in YAML, in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

_SHOWN = 60  # characters of a value


def described(value: Any) -> str:
    """Say what was found.

    Examples
    --------
    >>> described("7"), described([1, None]), described({})
    ("the text '7'", 'the list [1, null]', 'an empty mapping')
    """
    text = yaml(value)
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    if isinstance(value, str):
        return f"the text {value!r}" if len(value) <= _SHOWN else f"the text {value[:_SHOWN]!r}..."
    if isinstance(value, dict):
        return f"the mapping {text}" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return f"the list {text}" if value else "an empty list"
    if isinstance(value, date):
        return f"the date {text}; write '{text}', in quotes"
    return "bytes" if isinstance(value, bytes) else text


def yaml(value: Any) -> str:
    """Write a value in one line.

    Examples
    --------
    >>> yaml({"splits": {"train": 80}, "allow": None, "size": (0.5, True)})
    '{splits: {train: 80}, allow: null, size: [0.5, true]}'
    """
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{yaml(key)}: {yaml(part)}' for key, part in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(yaml, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return f"{'-' if value < 0 else ''}.{'nan' if math.isnan(value) else 'inf'}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z_][\w./-]*", value):
        return repr(value)
    return str(value)
