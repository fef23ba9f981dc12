"""Absolute paths of a configuration, made relative to its folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cocosynth.core.urls import is_url, place


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


def called_from(path: str, folder: Path) -> str:
    """Return a path as it is called from a folder, if it is an absolute one of this machine."""
    if path.lower().startswith("file:/"):
        path = str(place(path))
    return relative_to(path, folder) if os.path.isabs(path) else path


def relative_to(path: str, folder: Path) -> str:
    """Return an absolute path as it is called from a folder; from one at a URL, it stays."""
    if is_url(folder):
        return path
    return Path(os.path.relpath(path, folder.resolve())).as_posix()
