"""A COCO dataset as exporters take it: its images in batches, its categories, its credits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocosynth.check.validate.refuse import refuse_errors
from cocosynth.coco.document import says_more
from cocosynth.coco.raw_records import read_keys
from cocosynth.coco.records import (
    PROVENANCE,
    UNKNOWN_LICENSE,
    AnnotationRecord,
    CategoryRecord,
    ImageRecord,
    LicenseRecord,
)
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Category, License, Photo, Size
from cocosynth.datasets.convert.names import file_names
from cocosynth.datasets.inputs import Input, open_input

IMAGES_A_BATCH = 16


class BoxedRecord(AnnotationRecord, frozen=True, gc=False):
    """An annotation with its box, which may stand alone."""

    bbox: Any = None


@dataclass(frozen=True)
class Item:
    """An image to be converted.

    Attributes
    ----------
    image_id, photo : int
        Its id, and its place among the photos of all splits.
    path : str
        Its file.
    file_name : str
        What it is called in the new dataset.
    annotations : list of BoxedRecord
    """

    image_id: int
    photo: int
    path: str
    file_name: str
    size: Size
    annotations: list[BoxedRecord]


@dataclass(frozen=True)
class Batch:
    """Some images of a split."""

    split: str
    items: list[Item]

    def __str__(self) -> str:
        return f"image {self.items[0].image_id} of {self.split}"


@dataclass(frozen=True)
class Source:
    """A COCO file that becomes a split.

    Attributes
    ----------
    split : str
    input : Input
    images : list of ImageRecord
        Those that are converted, in the order of the file.
    missing : int
        How many are not, because they have no file.
    """

    split: str
    input: Input
    images: list[ImageRecord]
    paths: list[str]
    missing: int

    @property
    def path(self) -> str:
        return self.input.path

    def categories(self) -> list[Category]:
        """Return the categories by id."""
        records = read_keys(self.input.document, "categories", CategoryRecord)
        return sorted((_category(record) for record in records), key=lambda one: one.id)

    def photos(self) -> Iterator[Photo]:
        """Yield where each image is from, and on which terms."""
        document = self.input.document
        named = read_keys(document, "licenses", LicenseRecord)
        licenses = {record.id: License(record.name or "", record.url or "") for record in named}
        for record, path in zip(self.images, self.paths, strict=True):
            found = licenses.get(record.license) if record.license is not None else None
            keys = [key for key in PROVENANCE if getattr(record, key)]
            yield Photo(
                source=Path(self.path).name,
                path=path,
                file_name=record.file_name,
                size=(record.height, record.width),
                upright=False,
                image_id=record.id,
                license=found or UNKNOWN_LICENSE,
                attribution=record.attribution or "",
                fields=tuple((k, getattr(record, k)) for k in keys if k != "attribution"),
            )

    def file_names(self) -> list[str]:
        """Name the images in the new dataset."""
        return file_names([(record.id, record.file_name) for record in self.images])

    def batches(self, first_photo: int) -> Iterator[Batch]:
        """Yield the images with their annotations."""
        of_image: dict[int, list[BoxedRecord]] = {record.id: [] for record in self.images}
        for annotation in read_keys(self.input.document, "annotations", BoxedRecord):
            if annotation.image_id in of_image:  # others are of images without a file
                of_image[annotation.image_id].append(annotation)
        items = [
            Item(
                record.id,
                number,
                path,
                name,
                (record.height, record.width),
                of_image[record.id],
            )
            for number, (record, path, name) in enumerate(
                zip(self.images, self.paths, self.file_names(), strict=True), start=first_photo
            )
        ]
        for start in range(0, len(items), IMAGES_A_BATCH):
            yield Batch(self.split, items[start : start + IMAGES_A_BATCH])


def _category(record: CategoryRecord) -> Category:
    return Category(
        record.id,
        record.name,
        record.supercategory or "",
        record.keypoints or (),
        record.skeleton or (),
        record.keypoint_flip_map,
    )


def read_source(path: Path, split: str, folder: Path | None, *, skip_missing: bool) -> Source:
    """Open a COCO file that is to be converted.

    Raises
    ------
    CocosynthError
        If it has errors, its images are not there, or it has none.
    """
    found = open_input(path, folder, option="--images")
    refuse_errors(found.document)
    if found.folder is None:
        raise CocosynthError(
            f"{path}: where are its images? give the folder that its file names start from as "
            "--images"
        )
    if found.missing and not skip_missing:
        raise CocosynthError(
            f"{path}: {found.missing} of {len(found.images)} images have no file in "
            f"{found.folder}, first: {found.first_hint}; --skip-missing converts the others"
        )
    records = read_keys(found.document, "images", ImageRecord)
    there = [(r, p) for r, p in zip(records, found.paths, strict=True) if p is not None]
    if not there:
        raise CocosynthError(f"{path}: has no image; {says_more(path)}")
    return Source(
        split, found, [record for record, _ in there], [p for _, p in there], found.missing
    )


def common_categories(sources: Sequence[Source]) -> list[Category]:
    """Return the categories, which all files must share: classes are numbered once for all.

    Raises
    ------
    CocosynthError
    """
    first, *others = sources
    categories = first.categories()
    if not categories:
        raise CocosynthError(f"{first.path}: has no category; {says_more(first.path)}")
    for other in others:
        named = {(c.id, c.name) for c in other.categories()}
        different = named ^ {(c.id, c.name) for c in categories}
        if different:
            number, name = min(different)
            raise CocosynthError(
                f"{other.path}: has other categories than {first.path}, such as {name!r} "
                f"({number}); convert each by itself, or `merge` them first"
            )
    return categories


def info_of(source: Source) -> dict[str, Any]:
    """Return what the file says of itself, as far as it is text."""
    document = source.input.document
    found = document.member("info") if "info" in document.members else {}
    kept = found if isinstance(found, dict) else {}
    texts = ("description", "version", "contributor", "url", "date_created")
    info = {key: kept[key] for key in texts if isinstance(kept.get(key), str)}
    year = kept.get("year")
    if type(year) is int and 0 <= year <= 9999:
        info["year"] = year
    return {"description": f"Converted by cocosynth from {Path(source.path).name}", **info}
