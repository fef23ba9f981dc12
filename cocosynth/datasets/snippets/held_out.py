"""A dataset to validate on and not to train on; it knows the classes by the same numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cocosynth.coco import records
from cocosynth.coco.layout import annotation_files
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.snippets.built import BuiltDataset, Place, encoding_of, folder_of


def with_held_out(
    dataset: BuiltDataset, path: str | Path, *, images: str | Path | None = None
) -> BuiltDataset:
    """Add an annotation file to validate on, in place of a split of the dataset's own.

    Parameters
    ----------
    dataset : BuiltDataset
    path : str or Path
        The annotation file, or the folder of a dataset that has one.
    images : str or Path, optional
        Its image folder; by default the one beside it.

    Raises
    ------
    CocosynthError
        If it cannot be read, or knows the classes by other numbers.
    """
    (file, beside), *more = annotation_files([Path(path)])
    if more:
        raise CocosynthError(f"{path}: holds {1 + len(more)} annotation files; name one of them")
    read = records.read_dataset(str(file))
    if not read.annotations:
        raise CocosynthError(f"{file}: there is no annotation to validate on")
    encoding_of({file: read})
    _refuse_other_numbers(dataset, file, read)
    folder = folder_of(file, read, images or beside, "--held-out-images").resolve()
    name = "held_out"
    while name in dataset.images:
        name += "_"
    place = Place(file.resolve().as_posix(), folder.as_posix())
    known = set(dataset.category_ids)
    return replace(
        dataset,
        images={**dataset.images, name: len(read.images)},
        places={**dataset.places, name: place},
        held_out=name,
        others=tuple(c.name for c in read.categories if c.id not in known),
    )


def _refuse_other_numbers(dataset: BuiltDataset, path: Path, read: records.Dataset) -> None:
    """Refuse a file that has not every class, by its id and name and in the same order."""
    way_out = "give its categories the names, ids and order of those that are trained on"
    for category in dataset.categories:
        if not any((c.id, c.name) == (category.id, category.name) for c in read.categories):
            raise CocosynthError(
                f"{path}: has no category {category.name!r} with the id {category.id}; {way_out}"
            )
    known = set(dataset.category_ids)
    if [c.id for c in read.categories if c.id in known] != list(dataset.category_ids):
        raise CocosynthError(f"{path}: its categories have another order; {way_out}")
