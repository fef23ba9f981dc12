"""What a client has to be told of a dataset: where it lies, its splits, classes and encoding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cocosynth.coco import records
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError

Encoding = Literal["rle", "polygon"]
_VALIDATION = ("val", "valid", "validation", "test")


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
    """

    root: str
    images: dict[str, int]
    categories: tuple[records.CategoryRecord, ...]
    encoding: Encoding

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
        return "train" if "train" in self.splits else self.splits[0]

    @property
    def val(self) -> str | None:
        """The split to validate on, if there is another one."""
        others = [split for split in self.splits if split != self.train]
        return next((split for split in _VALIDATION if split in others), (*others, None)[0])

    @property
    def test(self) -> str | None:
        """The split named ``test``, where it is not the only one to validate on."""
        return "test" if "test" in self.splits and "test" not in (self.train, self.val) else None


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
    paths = sorted((root / "annotations").glob("instances_*.json"))
    if not paths:
        raise CocosynthError(
            f"{out}: has no annotations/instances_<split>.json; name a dataset that `build` has "
            "made"
        )
    datasets = {path: records.read_dataset(str(path)) for path in paths}
    datasets = {path: dataset for path, dataset in datasets.items() if dataset.images}
    if not any(dataset.annotations for dataset in datasets.values()):
        raise CocosynthError(f"{out}: there is no annotation to train on in any split")
    for path in datasets:
        if not files.is_folder(root / _split_of(path)):
            raise CocosynthError(f"{root / _split_of(path)}: no such folder; {path} wants it")
    return BuiltDataset(
        root=root.resolve().as_posix(),
        images={_split_of(path): len(dataset.images) for path, dataset in datasets.items()},
        categories=_shared_categories(datasets),
        encoding=_encoding(datasets),
    )


def _split_of(path: Path) -> str:
    return path.stem.removeprefix("instances_")


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
