"""The files a new project begins with."""

from __future__ import annotations

import os
from pathlib import Path

from cocosynth.core import files, resources
from cocosynth.core.errors import CocosynthError

CONFIG = "cocosynth.yaml"


def write_config(folder: Path) -> list[Path]:
    """Write a configuration to begin with; return what was written.

    Raises
    ------
    CocosynthError
        If there is one.
    """
    return write_new(folder, {CONFIG: files.read_bytes(resources.resource(f"config/{CONFIG}"))})


def write_new(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    for name in contents:
        if os.path.lexists(folder / name):
            raise CocosynthError(f"{folder / name}: is there already; move it away, or edit it")
    files.make_folder(folder)
    for name, content in contents.items():
        files.write_atomic(folder / name, content)
    return [folder / name for name in contents]
