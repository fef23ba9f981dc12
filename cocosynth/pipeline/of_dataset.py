"""The configuration that lies in a dataset: its paths start from another folder."""

from __future__ import annotations

from pathlib import Path

from cocosynth.coco.layout import Layout
from cocosynth.config.config import Config
from cocosynth.config.file import Loaded
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.paths import refuse_elsewhere


def refuse_its_own_folder(loaded: Loaded) -> None:
    """Refuse to look for the sources in the dataset that a configuration was written to.

    Raises
    ------
    CocosynthError
        If the folder is a dataset of ours, and does not hold the sources.
    """
    layout = Layout(loaded.folder)
    if layout.manifest.is_file() and layout.config.is_file():
        refuse_wrong_sources(loaded.config, loaded.folder, layout)


def refuse_wrong_sources(config: Config, folder: Path, layout: Layout) -> None:
    """Refuse a folder that does not hold the sources of a dataset, and say which one may.

    Raises
    ------
    CocosynthError
        If a file or folder that its configuration names is not there.
    """
    try:
        refuse_elsewhere(config, folder)
    except CocosynthError as error:
        found = _folder_of(config, layout.folder)
        example = f", for example --sources {found}" if found else ""
        raise CocosynthError(
            f"{error}; the paths in {layout.config} start from the folder of the configuration "
            f"that the dataset was built from: name it by --sources (folder= in Python){example}"
        ) from None


def _folder_of(config: Config, dataset: Path) -> Path | None:
    """Return the folder around a dataset that holds all of its sources, if there is one."""
    for folder in dataset.resolve().parents:
        try:
            refuse_elsewhere(config, folder)
        except CocosynthError:
            continue
        return folder
    return None
