"""What the sources hold, gathered into one numbering."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass

from cocosynth.coco import AnnotationRecord
from cocosynth.errors import UnusableError
from cocosynth.licenses import refusal
from cocosynth.options import Licenses
from cocosynth.structures import Category, License, Photo


@dataclass(frozen=True)
class Cut:
    """An instance still to be cut out of its photo."""

    category: str
    annotation: AnnotationRecord | None = None  # of a COCO source
    area_range: tuple[float | None, float | None] = (None, None)
    skip_truncated: bool = False
    mask_path: str | None = None  # of a cut-out in a folder
    background_threshold: float = 0.0


@dataclass(frozen=True)
class BackgroundPhoto:
    """A photo that may become a canvas, with the annotations it brings along."""

    photo: int
    annotations: tuple[AnnotationRecord, ...] = ()
    category_ids: tuple[int, ...] = ()  # of the output, one for each annotation


class Catalogue:
    """Every usable photo, what is to be cut out of it, and what was left out and why.

    Attributes
    ----------
    photos : list of Photo
        Each file once, however many sources name it.
    cuts : dict of int to list of Cut
        By photo.
    backgrounds : list of BackgroundPhoto
    pasted : dict of str to None
        The names of the categories that foregrounds bring, in order of appearance.
    skipped : Counter of (source, reason)
    coco_files : dict of str to str
        The sha256 of each COCO file that was read.
    """

    def __init__(self, licenses: Licenses, *, contiguous: bool) -> None:
        self.photos: list[Photo] = []
        self.cuts: dict[int, list[Cut]] = {}
        self.backgrounds: list[BackgroundPhoto] = []
        self.pasted: dict[str, None] = {}
        self.skipped: Counter[tuple[str, str]] = Counter()
        self.coco_files: dict[str, str] = {}
        self._licenses = licenses
        self._contiguous = contiguous
        self._categories: dict[str, Category] = {}
        self._numbers: dict[tuple[str, bool, str], int] = {}

    def skip(self, source: str, reason: str, count: int = 1) -> None:
        self.skipped[source, reason] += count

    def refuses(self, license: License) -> str | None:
        return refusal(
            license,
            allow_no_derivatives=self._licenses.no_derivatives == "allow",
            allow=self._licenses.allow,
            deny=self._licenses.deny,
        )

    def add_photo(self, photo: Photo) -> int:
        """Return the number of a photo, the same one for the same file read the same way."""
        key = (os.path.realpath(photo.path), photo.upright, photo.source)
        if key not in self._numbers:
            self._numbers[key] = len(self.photos)
            self.photos.append(photo)
        return self._numbers[key]

    def add_category(self, category: Category) -> int:
        """Give a category its id in the output: its own where that is free, else the next one."""
        if category.name not in self._categories:
            taken = {known.id for known in self._categories.values()}
            wanted = len(taken) + 1 if self._contiguous else category.id
            free = wanted if wanted > 0 and wanted not in taken else max(taken, default=0) + 1
            self._categories[category.name] = Category(free, category.name, category.supercategory)
        return self._categories[category.name].id

    @property
    def categories(self) -> tuple[Category, ...]:
        """The output categories, by id."""
        return tuple(sorted(self._categories.values(), key=lambda category: category.id))


def inside(folder: str, file_name: str) -> str:
    """Return the path of an image file that must lie in a folder."""
    if os.path.isabs(file_name) or ".." in file_name.replace("\\", "/").split("/"):
        raise UnusableError("file_name leaves the image folder")
    if not file_name or "\0" in file_name:
        raise UnusableError("file_name is not a file name")
    return os.path.join(folder, file_name)
