"""The datasets that are merged, split or held out: their records, and where their images lie."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cocosynth.check.pictures.contents import Images
from cocosynth.check.pictures.photographs import sources_of_images
from cocosynth.coco.document import Document
from cocosynth.coco.image_paths import ImagePaths, MissingImageError, inside
from cocosynth.coco.layout import images_beside
from cocosynth.coco.raw_records import ImageKeys, open_document, read_keys
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError, UnusableError


@dataclass(frozen=True)
class Input:
    """One annotation file and the folder of its images.

    Attributes
    ----------
    document : Document
    folder : Path or None
        None where it is not known, which is allowed for what is held out only.
    images : list of ImageKeys
    """

    document: Document
    folder: Path | None
    images: list[ImageKeys]

    @property
    def path(self) -> str:
        return self.document.path

    @cached_property
    def _found(self) -> ImagePaths:
        names = [image.file_name for image in self.images]
        return ImagePaths("" if self.folder is None else self.folder, names)

    @cached_property
    def file_names(self) -> list[str]:
        """The name of each file relative to the folder: the recorded one, or that which fits."""
        if self.folder is None:
            return [image.file_name for image in self.images]
        return [self._file_name(image.file_name) for image in self.images]

    def _file_name(self, name: str) -> str:
        try:
            return self._found.found(name)
        except MissingImageError:
            return name

    @property
    def moved(self) -> dict[str, str]:
        """The recorded names of files that have another one, and that one."""
        return self._found.moved if self.file_names else {}

    @cached_property
    def places(self) -> list[str]:
        """Where the file of each image must be, if the folder is known."""
        folder = "" if self.folder is None else _absolute(self.folder)
        return [os.path.normpath(os.path.join(folder, name)) for name in self.file_names]

    @cached_property
    def paths(self) -> list[str | None]:
        """The file of each image, None where there is none."""
        if self.folder is None:
            return [None] * len(self.images)
        return [place if os.path.isfile(place) else None for place in self.places]

    @cached_property
    def shown(self) -> Images:
        """What is compared with other files."""
        names = [image.file_name for image in self.images]
        return Images(self.path, names, self.paths, sources_of_images(self.document))

    @property
    def first_hint(self) -> str:
        """What is the matter with the first image that has no file."""
        for image, path in zip(self.images, self.paths, strict=True):
            if path is None:
                try:
                    self._found.found(image.file_name)
                except MissingImageError as error:
                    return error.hint
        return "they are no regular files"

    @property
    def missing(self) -> int:
        """How many images have no file."""
        return self.paths.count(None)


def open_input(
    path: str | Path, folder: Path | None, *, option: str, may_lack: bool = False
) -> Input:
    """Read which images a file has.

    Parameters
    ----------
    path : str or Path
    folder : Path or None
        The folder of its images; None takes the one beside it in the layout of COCO, if there.
    option : str
        What the user would name another folder by.
    may_lack : bool
        Whether a folder beside the file that holds none of its images is none.

    Raises
    ------
    CocosynthError
        If the file cannot be read, an image is not inside of the folder, or none is there.
    """
    document = open_document(str(path))
    if folder is not None and not files.is_folder(folder):
        raise CocosynthError(f"{folder}: no such folder; give the one that file names start from")
    images = list(read_keys(document, "images", ImageKeys))
    _refuse_outside(document, images)
    found = Input(document, folder or images_beside(path), images)
    if found.folder is not None and images and found.missing == len(images):
        if may_lack and folder is None:
            return Input(document, None, images)
        raise CocosynthError(
            f"{found.folder}: holds none of the {len(images)} images of {path}: "
            f"{found.first_hint}; give the folder that file names start from as {option}"
        )
    return found


def _refuse_outside(document: Document, images: Sequence[ImageKeys]) -> None:
    for image in images:
        try:
            inside("", image.file_name)
        except UnusableError as error:
            raise CocosynthError(
                f"{document.path}: image {image.id}: {error}: {image.file_name!r}; "
                "write it relative to the image folder"
            ) from None


def image_root(folders: Sequence[Path], root: Path | None) -> Path:
    """Return the folder that all others lie in: the one given, or the deepest there is.

    Raises
    ------
    CocosynthError
        If one of them lies elsewhere.
    """
    places = [Path(_absolute(folder)) for folder in folders]
    try:
        top = Path(_absolute(root) if root else os.path.commonpath(places))
    except ValueError:  # on other drives
        top = places[0]
    for place in places:
        if top != place and top not in place.parents:
            raise CocosynthError(
                f"{place}: is not below the image root {top}; put a link to it there, and give "
                "that link as --images"
            )
    return top


def prefix_of(folder: Path, root: Path) -> str:
    """Return what leads from the image root to the names of files in a folder."""
    relative = Path(_absolute(folder)).relative_to(root).as_posix()
    return "" if relative == "." else f"{relative}/"


def _absolute(path: Path) -> str:
    """Return a path that starts at the top, links in it kept."""
    return os.path.normpath(path.absolute())
