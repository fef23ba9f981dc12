"""The photographs, instances and backgrounds that the configuration names; no pixels yet."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from cocosynth.coco.records import Dataset, read_dataset
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor
from cocosynth.core.fetching import ask_again
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.choices import SourceChoices, all_sources, cut_sources
from cocosynth.sources.coco import add_coco_backgrounds, add_coco_foregrounds, read_backgrounds
from cocosynth.sources.distractors import Use
from cocosynth.sources.folder import add_cutouts, add_folder_backgrounds
from cocosynth.sources.options import CocoBackground, CocoForeground, Distractors
from cocosynth.sources.readings import refuse_two_readings

Read = Callable[[str], Dataset]


def survey_foregrounds(
    config: SourceChoices, folder: Path, read: Read = read_dataset, run: Executor | None = None
) -> Catalogue:
    """Read what is pasted: the foregrounds that the configuration names, and the distractors.

    Where there are distractors, the categories that backgrounds carry along are read before.

    Parameters
    ----------
    config : SourceChoices
    folder : Path
        What the paths in it are relative to.
    read : callable
        Reads a COCO file.
    run : Executor, optional
        Looks at outlines while photographs are; nobody does by default.

    Raises
    ------
    CocosynthError
        If a source cannot be read, or a category that is asked for is in none of them.
    """
    ask_again()
    refuse_two_readings(cut_sources(config))
    catalogue = Catalogue(
        config.licenses,
        contiguous=config.contiguous_ids,
        on_bad_input=config.on_bad_input,
        lookalikes=config.lookalikes,
    )
    for position, foreground in enumerate(config.foregrounds):
        where = f"foregrounds[{position}]"
        if isinstance(foreground, CocoForeground):
            add_coco_foregrounds(catalogue, foreground, folder, where, read, run=run)
        else:
            add_cutouts(catalogue, foreground, folder, where)
    if config.distractors is not None:
        _read_all_backgrounds(catalogue, config, folder, read)
        _add_distractors(catalogue, config.distractors, folder, read, run)
    return catalogue


def _add_distractors(
    catalogue: Catalogue,
    distractors: Distractors,
    folder: Path,
    read: Read,
    run: Executor | None,
) -> None:
    """Read what is pasted as distractors.

    Raises
    ------
    CocosynthError
        If all of it is of output categories, and is not to be labelled.
    """
    catalogue.labels_distractors = distractors.label
    use = Use("distractors", distractors.label)
    for position, source in enumerate(distractors.sources):
        where = f"distractors.from[{position}]"
        if isinstance(source, CocoForeground):
            add_coco_foregrounds(catalogue, source, folder, where, read, use, run)
        else:
            add_cutouts(catalogue, source, folder, where, use)
    if not catalogue.distractors and catalogue.pasted:
        raise CocosynthError(
            "distractors.from: nothing can be used: all of it is of output categories, which would "
            "go without a label; name other categories, or set `label: true`"
        )


def _read_all_backgrounds(
    catalogue: Catalogue, config: SourceChoices, folder: Path, read: Read
) -> dict[int, Dataset]:
    """Read the COCO files of backgrounds: what they carry along is an output category for all."""
    return {
        position: read_backgrounds(catalogue, source, folder, f"backgrounds[{position}]", read)
        for position, source in enumerate(config.backgrounds)
        if isinstance(source, CocoBackground)
    }


def survey(config: SourceChoices, folder: Path, run: Executor | None = None) -> Catalogue:
    """Read every source that the configuration names, the foregrounds first.

    Parameters
    ----------
    config : SourceChoices
    folder : Path
        What the paths in it are relative to.
    run : Executor, optional
        Looks at outlines while photographs are; nobody does by default.

    Raises
    ------
    CocosynthError
        If a source cannot be read, or a category that is asked for is in none of them.
    """
    refuse_two_readings(all_sources(config))
    read = cache(read_dataset)  # each file once, however many sources name it
    catalogue = survey_foregrounds(config, folder, read, run)
    refuse_unusable_weights(config, catalogue)
    datasets = _read_all_backgrounds(catalogue, config, folder, read)
    for position, source in enumerate(config.backgrounds):
        if isinstance(source, CocoBackground):
            add_coco_backgrounds(catalogue, source, folder, datasets[position])
        else:
            add_folder_backgrounds(catalogue, source, folder)
    catalogue.settle_poses(config.keypoint_flip_map)
    return catalogue


def refuse_unusable_weights(config: SourceChoices, catalogue: Catalogue) -> None:
    """Refuse weights of categories that no foreground has, or that let nothing be pasted.

    Raises
    ------
    CocosynthError
        If they are such.
    """
    for key, names in config.categories_named.items():
        unknown = sorted(set(names) - set(catalogue.pasted))
        if unknown:
            known = ", ".join(sorted(catalogue.pasted))
            raise CocosynthError(
                f"{key}: no foreground has the category {unknown[0]!r}; there are {known}"
            )
    if not any(config.weights.get(name, 1) for name in catalogue.pasted or ["any"]):
        key = next((key for key, names in config.categories_named.items() if names), "")
        raise CocosynthError(f"{key}: all are 0; give a category to paste another weight")
