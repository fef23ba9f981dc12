"""The photographs, instances and backgrounds that the configuration names; no pixels yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from cocosynth.coco.records import Dataset, read_dataset
from cocosynth.core.errors import CocosynthError
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.coco import add_coco_backgrounds, add_coco_foregrounds, read_backgrounds
from cocosynth.sources.folder import add_cutouts, add_folder_backgrounds
from cocosynth.sources.options import CocoBackground, CocoForeground, SourceChoices
from cocosynth.sources.readings import Source, refuse_two_readings

Read = Callable[[str], Dataset]


def survey_foregrounds(config: SourceChoices, folder: Path, read: Read = read_dataset) -> Catalogue:
    """Read the foregrounds that the configuration names.

    Parameters
    ----------
    config : SourceChoices
    folder : Path
        What the paths in it are relative to.
    read : callable
        Reads a COCO file.

    Raises
    ------
    CocosynthError
        If a source cannot be read, or a category that is asked for is in none of them.
    """
    refuse_two_readings(_named(foregrounds=config.foregrounds))
    catalogue = Catalogue(
        config.licenses,
        contiguous=config.contiguous_ids,
        on_bad_input=config.on_bad_input,
        lookalikes=config.lookalikes,
    )
    for position, foreground in enumerate(config.foregrounds):
        where = f"foregrounds[{position}]"
        if isinstance(foreground, CocoForeground):
            add_coco_foregrounds(catalogue, foreground, folder, where, read)
        else:
            add_cutouts(catalogue, foreground, folder, where)
    return catalogue


def survey(config: SourceChoices, folder: Path) -> Catalogue:
    """Read every source that the configuration names, the foregrounds first.

    Parameters
    ----------
    config : SourceChoices
    folder : Path
        What the paths in it are relative to.

    Raises
    ------
    CocosynthError
        If a source cannot be read, or a category that is asked for is in none of them.
    """
    refuse_two_readings(_named(foregrounds=config.foregrounds, backgrounds=config.backgrounds))
    read = cache(read_dataset)  # each file once, however many sources name it
    catalogue = survey_foregrounds(config, folder, read)
    refuse_unusable_weights(config.category_weights, catalogue)
    datasets = {
        position: read_backgrounds(catalogue, source, folder, f"backgrounds[{position}]", read)
        for position, source in enumerate(config.backgrounds)
        if isinstance(source, CocoBackground)
    }  # all of them first: what one carries along is an output category for the others, too
    for position, source in enumerate(config.backgrounds):
        if isinstance(source, CocoBackground):
            add_coco_backgrounds(catalogue, source, folder, datasets[position])
        else:
            add_folder_backgrounds(catalogue, source, folder)
    return catalogue


def refuse_unusable_weights(weights: Mapping[str, float], catalogue: Catalogue) -> None:
    """Refuse weights of categories that no foreground has, or that let nothing be pasted.

    Raises
    ------
    CocosynthError
        If they are such.
    """
    unknown = sorted(set(weights) - set(catalogue.pasted))
    if unknown:
        known = ", ".join(sorted(catalogue.pasted))
        raise CocosynthError(
            f"category_weights: no foreground has the category {unknown[0]!r}; there are {known}"
        )
    if not any(weights.get(name, 1) for name in catalogue.pasted or ["any"]):
        raise CocosynthError("category_weights: all are 0; give a category to paste another weight")


def _named(**keys: Iterable[Source]) -> Iterator[tuple[str, Source]]:
    """Yield where each source stands in the configuration, and the source."""
    for key, sources in keys.items():
        yield from ((f"{key}[{n}]", source) for n, source in enumerate(sources))
