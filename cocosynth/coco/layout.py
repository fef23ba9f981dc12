"""Where everything of a dataset lies, from its folder to each file and back; the one place."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cocosynth.coco.part_names import all_parts, joined, whole_name
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import is_url, place

ANNOTATIONS = "annotations"
SCENES = "scenes"
MANIFEST = "manifest.json"
CONFIG = "config.yaml"
PREVIEW = "preview.png"
FILES = (CONFIG, PREVIEW, MANIFEST)
"""What every dataset has; the manifest, last, says that it is whole."""

REPORT = "report.html"
REPORT_FILES = "report_files/"
"""What the page of a dataset shows beside the images themselves."""

_PREFIX = "instances_"
_KEYPOINTS = "person_keypoints_"
_NO_NAMES = ("", ".", "..")  # of a folder of its own
_SUBFOLDER = re.compile(r"^[0-9]{5,9}/")


def annotation_name(split: str) -> str:
    """Return where the annotation file of a split lies in its dataset, with forward slashes."""
    return f"{ANNOTATIONS}/{_PREFIX}{split}.json"


def image_name(name: str, index: int, images_per_folder: int) -> str:
    """Return where an image of a split lies in its folder, with forward slashes.

    Parameters
    ----------
    name : str
        Of its file.
    index : int
        Of the image in its split.
    images_per_folder : int
        Of a subfolder; 0 for none.

    Examples
    --------
    >>> image_name("000000010001.jpg", 10_000, 10_000)
    '00001/000000010001.jpg'
    """
    return f"{index // images_per_folder:05d}/{name}" if images_per_folder else name


def plain_name(file_name: str) -> str:
    """Return the name of an image without the numbered subfolder that a build may put it in.

    Examples
    --------
    >>> plain_name("00001/000000010001.jpg"), plain_name("a/b.jpg")
    ('000000010001.jpg', 'a/b.jpg')
    """
    return _SUBFOLDER.sub("", file_name)


def split_of(annotation_file: Path) -> str:
    """Return the split that an annotation file, or a part of one, is of; it names a folder.

    Examples
    --------
    >>> split_of(Path("annotations/instances_train.json"))
    'train'
    >>> split_of(Path("annotations/instances_...json"))
    'instances_..'
    >>> split_of(Path("annotations/instances_train-00000-of-00008.json"))
    'train'
    """
    stem = whole_name(annotation_file.stem)
    split = stem.removeprefix(_PREFIX)
    return stem if split in _NO_NAMES else split


@dataclass(frozen=True)
class Layout:
    """The files of a dataset.

    Attributes
    ----------
    folder : Path
        Of the dataset.
    """

    folder: Path

    @classmethod
    def around(cls, annotation_file: str | Path) -> Layout:
        """Return the layout of the dataset whose annotation file this is, one folder up."""
        return cls(_spelled_out(place(annotation_file)).parent.parent)

    def annotations(self, split: str) -> Path:
        return self.folder / annotation_name(split)

    def keypoints(self, split: str) -> Path:
        """Return the file that has the categories with keypoints alone."""
        return self.folder / ANNOTATIONS / f"{_KEYPOINTS}{split}.json"

    def images(self, split: str) -> Path:
        """Return the folder of the images of a split."""
        return self.folder / split

    def scenes(self, split: str) -> Path:
        return self.folder / SCENES / f"{split}.jsonl"

    @property
    def manifest(self) -> Path:
        return self.folder / MANIFEST

    @property
    def config(self) -> Path:
        return self.folder / CONFIG

    @property
    def preview(self) -> Path:
        return self.folder / PREVIEW

    @property
    def report(self) -> Path:
        return self.folder / REPORT

    def annotation_files(self) -> dict[str, Path]:
        """Return the annotation files that are there, by split, in the order of their names.

        Parts stand for the file that they are of where that is not there.

        Raises
        ------
        CocosynthError
            If it is not clear which parts these are.
        """
        there = sorted((self.folder / ANNOTATIONS).glob(f"{_PREFIX}*.json"))
        found = {split_of(path): path for path in there if all_parts(path) is None}
        in_parts: dict[str, Path] = {}
        for path, whole in ((path, all_parts(path)) for path in there):
            if whole is not None and split_of(path) not in found:
                other = in_parts.setdefault(split_of(path), whole)
                if other != whole:
                    raise CocosynthError(
                        f"{whole}: there are parts of {other.name}, too; name those that count"
                    )
        return dict(sorted((found | in_parts).items(), key=lambda each: each[1]))


def annotation_files(paths: Sequence[Path]) -> list[tuple[Path, Path | None]]:
    """Put the annotation files of a dataset in place of its folder.

    Parameters
    ----------
    paths : sequence of Path
        Annotation files, and folders of datasets. The parts of a file are put together, see
        `joined`.

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
    for path in joined(paths):
        if not path.is_dir():
            found.append((path, None))
            continue
        layout = Layout(path)
        by_split = layout.annotation_files()
        if not by_split:
            raise CocosynthError(
                f"{path}: holds no {annotation_name('<split>')}; name the annotation files"
            )
        for split, file in by_split.items():
            images = layout.images(split)
            found.append((file, images if images.is_dir() else None))
    return found


def scenes_beside(annotation_file: Path) -> Path | None:
    """Return the scenes of an annotation file, if they are there."""
    for path in _places(annotation_file):
        scenes = Layout.around(path).scenes(split_of(path))
        if _in_place(path) and scenes.is_file():
            return scenes
    return None


def images_beside(annotation_file: str | Path) -> Path | None:
    """Return the image folder of an annotation file, if it is there.

    That is the folder ``X`` for ``annotations/instances_X.json``, and for files of COCO that begin
    with other words, such as ``annotations/person_keypoints_X.json``.
    """
    for path in filter(_in_place, _places(annotation_file)):
        _, *words = whole_name(path.stem).split("_")
        layout = Layout.around(path)
        names = ("_".join(words[start:]) for start in range(len(words)))
        for folder in (layout.images(name) for name in names if name not in _NO_NAMES):
            if folder.is_dir() if is_url(folder) else os.path.isdir(folder):
                return folder
    return None


def manifests_beside(annotation_file: str | Path) -> list[Path]:
    """Return the manifests that may be that of the dataset whose annotation file this is."""
    manifests = [Layout.around(path).manifest for path in _places(annotation_file)]
    return [path for path in manifests if path.is_file()]


def _places(annotation_file: str | Path) -> list[Path]:
    """Return where an annotation file lies: as it is named, and, of a link, where that leads."""
    path = _spelled_out(place(annotation_file))
    if is_url(path):
        return [path]
    return list(dict.fromkeys([path, Path(os.path.realpath(path))]))


def _spelled_out(path: Path) -> Path:
    """Return a path from which the folder above that of the file can be read off."""
    if is_url(path):
        return path
    if path.parent.name == "..":
        return Path(os.path.realpath(path.parent)) / path.name
    return path.absolute() if path.parent.name == "" else path


def lies_in_dataset(file: str | Path) -> bool:
    """Say whether a file lies in the folder of a dataset: beside its manifest or its scenes."""
    path = place(file)
    if is_url(path):
        return any((path.parent / name).exists() for name in (MANIFEST, SCENES))
    folders = (path.parent, Path(os.path.realpath(path)).parent)  # a link to it is the same file
    return any(os.path.lexists(folder / name) for folder in folders for name in (MANIFEST, SCENES))


def _in_place(annotation_file: Path) -> bool:
    return annotation_file.parent.name == ANNOTATIONS
