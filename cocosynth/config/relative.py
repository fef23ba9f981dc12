"""Absolute paths of a configuration, made relative to its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def with_relative_files(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the absolute paths of files that a placement or a goal reads relative to the folder."""
    match content.get("balance"):
        case {"counting": str(path), **rest} if os.path.isabs(path):
            content = content | {"balance": {"counting": relative_to(path, folder), **rest}}
        case {"counting": {**paths}, **rest}:
            relative = {
                split: relative_to(path, folder)
                if isinstance(path, str) and os.path.isabs(path)
                else path
                for split, path in paths.items()
            }
            content = content | {"balance": {"counting": relative, **rest}}
    match content.get("placement"):
        case {"heatmap": {"image": str(path), **rest}} if os.path.isabs(path):
            return content | {
                "placement": {"heatmap": {"image": relative_to(path, folder), **rest}}
            }
    return content


def relative_to(path: str, folder: Path) -> str:
    """Return an absolute path as it is called from a folder."""
    return Path(os.path.relpath(path, folder.resolve())).as_posix()
