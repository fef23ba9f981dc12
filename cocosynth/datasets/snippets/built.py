"""What a client has to know of a dataset: where it lies, its splits, classes and encoding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from cocosynth.coco import records
from cocosynth.coco.layout import Layout, annotation_name, images_beside
from cocosynth.coco.part_names import parts_of
from cocosynth.coco.splits import checked_split, uses_of
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.export.manifest import read_manifest

Encoding = Literal["rle", "polygon"]


class Place(NamedTuple):
    """Where a split lies, from the root of the dataset or absolute."""

    annotations: str
    images: str


@dataclass(frozen=True)
class BuiltDataset:
    """A COCO dataset to train on: as `build` lays it out, or any annotation file.

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
    places : mapping of str to Place
        Of each split.
    yolo_root : str
        Where labels for ultralytics may be written.
    products : frozenset of str
        What formats besides COCO have written, as far as a manifest says so.
    held_out : str or None
        The split that was named to validate on, if one was.
    others : tuple of str
        Categories that only the split held out has; they are not trained on.
    """

    root: str
    images: dict[str, int]
    categories: tuple[records.CategoryRecord, ...]
    encoding: Encoding
    places: dict[str, Place]
    yolo_root: str
    products: frozenset[str] = frozenset()
    held_out: str | None = None
    others: tuple[str, ...] = ()

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
    def _own(self) -> list[str]:
        return [split for split in self.images if split != self.held_out]

    @property
    def train(self) -> str:
        """The split to train on: ``train``, or else the first."""
        return uses_of(self._own).train

    @property
    def val(self) -> str | None:
        """The split to validate on, if there is another one: the one that was held out for it."""
        return self.held_out or uses_of(self._own).val

    @property
    def test(self) -> str | None:
        """The split named ``test``, where it is not the only one to validate on."""
        uses = uses_of(self._own)
        return "test" if "test" in (uses.val, uses.test) and self.val != "test" else None


def read_built(out: str | Path, *, images: str | Path | None = None) -> BuiltDataset:
    """Read the annotation files of a dataset, or one annotation file.

    Parameters
    ----------
    out : str or Path
        The folder of a dataset, or a COCO annotation file.
    images : str or Path, optional
        The image folder of an annotation file; by default the one beside it.

    Raises
    ------
    CocosynthError
        If it is no such dataset, or holds nothing to train on.
    """
    if Path(out).is_file():
        return _of_file(Path(out), images)
    root = Path(out)
    if not files.is_folder(root):
        raise CocosynthError(f"{out}: no such folder or file; name a dataset, or a COCO file")
    if images is not None:
        raise CocosynthError("--images: is for an annotation file, not for the folder of a dataset")
    layout = Layout(root)
    paths = layout.annotation_files()
    if not paths:
        raise CocosynthError(
            f"{out}: has no {annotation_name('<split>')}; name a dataset that `build` has made, or "
            "a COCO annotation file"
        )
    for split, path in paths.items():  # they become code
        _refuse_parts(path)
        checked_split(split, str(path))
    read = {split: records.read_dataset(str(path)) for split, path in paths.items()}
    counts = {split: len(dataset.images) for split, dataset in read.items() if dataset.images}
    datasets = {paths[split]: read[split] for split in counts}
    if not any(dataset.annotations for dataset in datasets.values()):
        raise CocosynthError(f"{out}: there is no annotation to train on in any split")
    for split in counts:
        if not files.is_folder(layout.images(split)):
            raise CocosynthError(f"{layout.images(split)}: no such folder; {paths[split]} wants it")
    folder = root.resolve().as_posix()
    return BuiltDataset(
        root=folder,
        images=counts,
        categories=_shared_categories(datasets),
        encoding=encoding_of(datasets),
        places={split: Place(annotation_name(split), split) for split in counts},
        yolo_root=f"{folder}-yolo",
        products=_products(layout),
    )


def _refuse_parts(path: Path) -> None:
    """Refuse a file that is there in parts only: what is trained with reads one."""
    if parts_of(path) is not None:
        raise CocosynthError(
            f"{path}: training code reads one file, not parts; `python -m cocosynth merge` makes it"
        )


def _of_file(path: Path, images: str | Path | None) -> BuiltDataset:
    dataset = records.read_dataset(str(path))
    if not dataset.annotations:
        raise CocosynthError(f"{path}: there is no annotation to train on")
    folder = folder_of(path, dataset, images, "--images").resolve()
    return BuiltDataset(
        root=folder.as_posix(),
        images={"train": len(dataset.images)},
        categories=tuple(dataset.categories),
        encoding=encoding_of({path: dataset}),
        places={"train": Place(_from(folder, path), "")},
        yolo_root=path.resolve().with_suffix("").as_posix() + "-yolo",
    )


def folder_of(path: Path, dataset: records.Dataset, images: str | Path | None, option: str) -> Path:
    """Return the folder that file names start from: the one given, or one where they are.

    Raises
    ------
    CocosynthError
        If there is none.
    """
    if images is not None:
        folder = Path(images)
        if not files.is_folder(folder):
            raise CocosynthError(f"{folder}: no such image folder")
        return folder
    found = images_beside(path)
    first = dataset.images[0].file_name if dataset.images else ""
    if found is None and first and files.is_there(path.parent / first):
        found = path.parent
    if found is None:
        raise CocosynthError(
            f"{path}: where are its images? give the folder that its file names start from as "
            f"{option}"
        )
    return found


def _from(folder: Path, path: Path) -> str:
    """Return a path from a folder that it lies in, else an absolute one."""
    whole = path.resolve()
    inside = whole.relative_to(folder) if whole.is_relative_to(folder) else whole
    return inside.as_posix()


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


def encoding_of(datasets: dict[Path, records.Dataset]) -> Encoding:
    for path, dataset in datasets.items():
        for annotation in dataset.annotations:
            if annotation.iscrowd:  # clients train on none of them
                continue
            start = bytes(annotation.segmentation)[:1]
            if start == b"{":
                return "rle"
            if start != b"[":
                raise CocosynthError(
                    f"{path}: annotation {annotation.id} has no segmentation; these snippets train "
                    "on masks"
                )
    return "polygon"
