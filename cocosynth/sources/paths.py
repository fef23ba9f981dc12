"""Where sources lie, and what must not lie among them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cocosynth.core.errors import CocosynthError
from cocosynth.core.files import is_there
from cocosynth.core.urls import at
from cocosynth.sources.choices import SourceChoices, all_sources


def refuse_elsewhere(config: SourceChoices, folder: Path) -> None:
    """Refuse a folder that the paths of the sources do not start from.

    Parameters
    ----------
    config : SourceChoices
    folder : Path
        What the paths are said to be relative to.

    Raises
    ------
    CocosynthError
        If a file or folder of the sources is not there.
    """
    for _, source in all_sources(config):
        for name in _named(source):
            if name is not None and not is_there(at(folder, name)):
                raise CocosynthError(f"{at(folder, name)}: does not exist")


def _named(source: object) -> Iterator[str | None]:
    """Yield the files and folders that a source names."""
    return (getattr(source, key, None) for key in ("coco", "keypoints", "image_folder"))


def refuse_among_sources(path: Path, config: SourceChoices, folder: Path) -> None:
    """Refuse a folder among the sources.

    A dataset inside of a source would be read as one the next time; one around it, replaced.
    """
    resolved = path.resolve()
    for _, source in all_sources(config):
        images = at(folder, source.image_folder).resolve()
        if resolved == images or images in resolved.parents:
            raise CocosynthError(f"{path}: lies inside of the source {images.name}; choose another")
        for name in filter(None, _named(source)):
            if resolved in at(folder, name).resolve().parents:
                raise CocosynthError(f"{path}: the source {name} lies inside of it; choose another")


def photograph_folders(
    config: SourceChoices, folder: Path
) -> dict[str, tuple[tuple[Path, bool], ...]]:
    """Return where the photographs of each source lie, by the name that scenes give it.

    Returns
    -------
    dict of str to tuple of (Path, bool)
        Folders, and whether photographs are turned upright, as a folder's are and those of a COCO
        file are not.
    """
    found: dict[str, tuple[tuple[Path, bool], ...]] = {}
    for source in (*config.foregrounds, *config.backgrounds):
        coco = getattr(source, "coco", None)
        place = (at(folder, source.image_folder), coco is None)
        name = source.image_folder if coco is None else coco
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), place)))
    return found
