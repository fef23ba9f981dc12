"""Datasets on disk: which annotation files a folder holds, and where the images of each are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cocosynth.core.errors import CocosynthError

PREFIX = "instances_"


def annotation_files(paths: Sequence[Path]) -> list[tuple[Path, Path | None]]:
    """Put the annotation files of a dataset in place of its folder.

    Parameters
    ----------
    paths : sequence of Path
        Annotation files, and folders laid out as `build` lays them out:
        ``annotations/instances_<split>.json`` with the images in ``<split>/``.

    Returns
    -------
    list of (Path, Path or None)
        Annotation file, and the folder of its images where it is known.

    Raises
    ------
    CocosynthError
        If a folder holds no annotation file.
    """
    found: list[tuple[Path, Path | None]] = []
    for path in paths:
        if not path.is_dir():
            found.append((path, None))
            continue
        files = sorted((path / "annotations").glob(f"{PREFIX}*.json"))
        if not files:
            raise CocosynthError(
                f"{path}: holds no annotations/{PREFIX}<split>.json; name the annotation files"
            )
        for file in files:
            images = path / file.stem.removeprefix(PREFIX)
            found.append((file, images if images.is_dir() else None))
    return found


def is_split_name(name: str) -> bool:
    """Say whether a split can have this name: that of a folder beside the dataset's others."""
    taken = ("annotations", "scenes")
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name)) and name.lower() not in taken
