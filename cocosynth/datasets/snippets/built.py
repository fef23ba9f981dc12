"""What a client has to know of a dataset: where it lies, its splits, classes and encoding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cocosynth.coco import records
from cocosynth.coco.layout import Layout, annotation_name
from cocosynth.coco.splits import checked_split, uses_of
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.export.manifest import read_manifest

Encoding = Literal["rle", "polygon"]


@dataclass(frozen=True)
class BuiltDataset:
    """A dataset as `build` lays it out.

    Attributes
    ----------
    root : str
        Its folder: an absolute path with forward slashes.
    images : mapping of str to int
        How many each split has, by name; splits without any are not there.
    categories : tuple of CategoryRecord
        In the order of the files.
    encoding : str
        ``rle`` where a segmentation is one, else ``polygon``.
    products : frozenset of str
        What formats besides COCO have written, as far as a manifest says so.
    """

    root: str
    images: dict[str, int]
    categories: tuple[records.CategoryRecord, ...]
    encoding: Encoding
    products: frozenset[str] = frozenset()

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.images)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(category.name for category in self.categories)

    @property
    def category_ids(self) -> tuple[int, ...]:
        return tuple(category.id for category in self.categories)

    @property
    def train(self) -> str:
        """The split to train on: ``train``, or else the first."""
        return uses_of(self.splits).train

    @property
    def val(self) -> str | None:
        """The split to validate on, if there is another one."""
        return uses_of(self.splits).val

    @property
    def test(self) -> str | None:
        """The split named ``test``, where it is not the only one to validate on."""
        return uses_of(self.splits).test


def read_built(out: str | Path) -> BuiltDataset:
    """Read the annotation files of a dataset.

    Raises
    ------
    CocosynthError
        If it is no such dataset, or holds nothing to train on.
    """
    root = Path(out)
    if not files.is_folder(root):
        raise CocosynthError(f"{out}: no such folder; name a dataset that `build` has made")
    layout = Layout(root)
    paths = layout.annotation_files()
    if not paths:
        raise CocosynthError(
            f"{out}: has no {annotation_name('<split>')}; name a dataset that `build` has made"
        )
    for split, path in paths.items():  # they become code
        checked_split(split, str(path))
    read = {split: records.read_dataset(str(path)) for split, path in paths.items()}
    images = {split: len(dataset.images) for split, dataset in read.items() if dataset.images}
    datasets = {paths[split]: read[split] for split in images}
    if not any(dataset.annotations for dataset in datasets.values()):
        raise CocosynthError(f"{out}: there is no annotation to train on in any split")
    for split in images:
        if not files.is_folder(layout.images(split)):
            raise CocosynthError(f"{layout.images(split)}: no such folder; {paths[split]} wants it")
    return BuiltDataset(
        root=root.resolve().as_posix(),
        images=images,
        categories=_shared_categories(datasets),
        encoding=_encoding(datasets),
        products=_products(layout),
    )


def _products(layout: Layout) -> frozenset[str]:
    try:
        products = read_manifest(layout.manifest).products or ()
    except CocosynthError:  # another program's dataset in this layout
        return frozenset()
    return frozenset(name for name in products if files.is_there(layout.folder / name))


def _shared_categories(datasets: dict[Path, records.Dataset]) -> tuple[records.CategoryRecord, ...]:
    """Return the categories of all files; a class must have one number in all of them."""
    first, *others = datasets
    categories = datasets[first].categories
    for other in others:
        if datasets[other].categories != categories:
            raise CocosynthError(
                f"{other}: its categories are not those of {first}; give both the same, in one "
                "order"
            )
    return tuple(categories)


def _encoding(datasets: dict[Path, records.Dataset]) -> Encoding:
    for path, dataset in datasets.items():
        for annotation in dataset.annotations:
            start = bytes(annotation.segmentation)[:1]
            if start == b"{":
                return "rle"
            if start != b"[":
                raise CocosynthError(
                    f"{path}: annotation {annotation.id} has no segmentation; these snippets train "
                    "on masks"
                )
    return "polygon"
