"""What differs between two configurations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cocosynth.config.yaml_text import parse_yaml
from cocosynth.core import files

ABSENT = "(absent)"


def config_changes(first: Path, second: Path) -> list[tuple[str, Any, Any]]:
    """Return the keys whose values differ, with both values.

    Parameters
    ----------
    first, second : Path
        Configurations as datasets keep them; one that is not there has no keys.
    """
    before, after = (dict(_flat(_read(path))) for path in (first, second))
    return [
        (key, before.get(key, ABSENT), after.get(key, ABSENT))
        for key in dict.fromkeys([*before, *after])
        if before.get(key, ABSENT) != after.get(key, ABSENT)
    ]


def _read(path: Path) -> Any:
    return parse_yaml(files.read_bytes(path), path) if path.is_file() else {}


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no mapping or list, by its path.

    Examples
    --------
    >>> list(_flat({"a": [1, {"b": 2}], "c": 3}))
    [('a[0]', 1), ('a[1].b', 2), ('c', 3)]
    """
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _flat(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield from _flat(part, f"{key}[{number}]")
    else:
        yield key, value
