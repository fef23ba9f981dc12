"""Where a configuration stands: a file, or a key of one, ``params.yaml:build``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices

STDIN = "-"
"""The name of standard input, where a configuration is asked for."""


def split_address(path: str | Path) -> tuple[str | Path, str | None]:
    """Split ``file:key``, as DVC writes it, where there is a key; ``a.b`` is a key in a key.

    A file whose name has such a colon in it is meant before one without; ``C:x.yaml`` is on a
    drive.

    Examples
    --------
    >>> split_address("params.yaml:build")
    ('params.yaml', 'build')
    >>> split_address("C:x.yaml")
    ('C:x.yaml', None)
    """
    file, colon, key = str(path).rpartition(":")
    is_key = re.fullmatch(r"[A-Za-z_][\w-]*(\.[\w-]+)*", key)
    if not colon or not is_key or (len(file) <= 1 and file != STDIN) or files.is_there(path):
        return path, None
    return file, key


def at_key(content: Any, file: str | Path, key: str) -> dict[str, Any]:
    """Return the mapping that stands under a key."""
    found: list[str] = []
    for name in key.split("."):
        if not isinstance(content, dict) or name not in content:
            where = f"{file}:{'.'.join(found)}" if found else str(file)
            names = [str(known) for known in content] if isinstance(content, dict) else []
            hint = f"; {choices(name, names)}" if names else ""
            raise CocosynthError(f"{where}: there is no key {name!r}{hint}")
        content = content[name]
        found.append(name)
    if not isinstance(content, dict):
        raise CocosynthError(f"{file}:{key}: expected keys and values, such as `seed: 7`")
    return content
