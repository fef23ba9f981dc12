"""The configuration that lies in a dataset: its paths start from another folder."""

from __future__ import annotations

from pathlib import Path

from cocosynth.coco.layout import Layout
from cocosynth.config.config import Config
from cocosynth.config.file import Loaded, read_config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import name_of
from cocosynth.sources.paths import photograph_folders, refuse_elsewhere


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


def photographs_of_dataset(
    layout: Layout, folder: Path | None
) -> tuple[dict[str, tuple[tuple[Path, bool], ...]], str, str]:
    """Say where the photographs lie that a dataset was made of; no class of its own is imported.

    Parameters
    ----------
    layout : Layout
    folder : Path or None
        What the paths in its configuration are relative to; looked for around it if None.

    Returns
    -------
    folders : dict
        As `photograph_folders` gives them; empty where they are not known.
    blend : str
        The blend mode, where there is one for all objects.
    problem : str
        Why the photographs are not known; empty if they are.

    Raises
    ------
    CocosynthError
        If a folder was named that does not hold them.
    """
    try:
        config = read_config(layout.config, allow_code=False).config
    except CocosynthError as error:
        return {}, "", f"source photographs are not shown: {error}"
    blend = blend_of(config)
    if folder is not None:
        refuse_wrong_sources(config, folder, layout)
    else:
        folder = _folder_of(config, layout.folder) or _here(config)
    if folder is None:
        why = "name the folder of the configuration by --sources"
        return {}, blend, f"source photographs are not shown: they were not found; {why}"
    return photograph_folders(config, folder), blend, ""


def blend_of(config: Config) -> str:
    """Return the blend mode of a configuration; empty where it varies."""
    name = name_of(config.blend)
    return "" if config.variants or name == "choose" else name


def _here(config: Config) -> Path | None:
    try:
        refuse_elsewhere(config, Path())
    except CocosynthError:
        return None
    return Path()


def _folder_of(config: Config, dataset: Path) -> Path | None:
    """Return the folder around a dataset that holds all of its sources, if there is one."""
    for folder in dataset.resolve().parents:
        try:
            refuse_elsewhere(config, folder)
        except CocosynthError:
            continue
        return folder
    return None
