"""The files a new project begins with."""

from __future__ import annotations

import os
from pathlib import Path

from cocosynth.core import files, resources
from cocosynth.core.errors import CocosynthError

CONFIG = "cocosynth.yaml"
SAMPLE = "sample"
_SHIPPED = "sample_data"


def write_config(folder: Path) -> list[Path]:
    """Write a configuration to begin with, and the sample it builds from; return both.

    Raises
    ------
    CocosynthError
        If one of them is there.
    """
    write_new(folder, {CONFIG: template(), **sample_files()})
    return [folder / CONFIG, folder / SAMPLE]


def template() -> bytes:
    """Return the configuration to begin with; it builds from the sample beside it."""
    return files.read_bytes(resources.resource(f"config/{CONFIG}"))


def sample_files() -> dict[str, bytes]:
    """Return the sample's files, by where they go in a new project."""
    shipped = resources.resource(_SHIPPED)
    names = sorted(path for path in shipped.rglob("*") if path.is_file() and path.name != CONFIG)
    return {
        f"{SAMPLE}/{path.relative_to(shipped).as_posix()}": files.read_bytes(path) for path in names
    }


def write_new(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """Write files into a folder; refuse if one of them is there."""
    for name in contents:
        if os.path.lexists(folder / name):
            raise CocosynthError(f"{folder / name}: is there already; move it away, or edit it")
    for name, content in contents.items():
        files.make_folder((folder / name).parent)
        files.write_atomic(folder / name, content)
    return [folder / name for name in contents]
