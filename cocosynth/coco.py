"""COCO JSON to typed records; segmentations stay raw until they are asked for."""

from __future__ import annotations

from typing import Any

import msgspec

from cocosynth import files
from cocosynth.errors import CocosynthError
from cocosynth.structures import License

PROVENANCE = ("coco_url", "flickr_url", "url", "attribution")
"""Keys of an image record that say where a photograph is from."""


class ImageRecord(msgspec.Struct, frozen=True):
    """An image record; keys that are not here are not read."""

    id: int
    file_name: str
    width: int
    height: int
    license: int | None = None
    coco_url: str | None = None
    flickr_url: str | None = None
    url: str | None = None
    attribution: str | None = None


class AnnotationRecord(msgspec.Struct, frozen=True):
    """An annotation; `segmentation` is its JSON text."""

    id: int
    image_id: int
    category_id: int
    segmentation: msgspec.Raw = msgspec.Raw(b"null")
    iscrowd: int = 0


class CategoryRecord(msgspec.Struct, frozen=True):
    id: int
    name: str
    supercategory: str | None = None


class LicenseRecord(msgspec.Struct, frozen=True):
    id: int
    name: str | None = None
    url: str | None = None


class Dataset(msgspec.Struct, frozen=True):
    """A COCO instances file, without pixels."""

    images: list[ImageRecord]
    annotations: list[AnnotationRecord]
    categories: list[CategoryRecord]
    licenses: list[LicenseRecord] = []


UNKNOWN_LICENSE = License("Unknown", "")


def read_dataset(path: str) -> Dataset:
    """Read a COCO instances file.

    Raises
    ------
    CocosynthError
        If it is not one; the text names the file, the place in it, and the rule.
    """
    content = files.read_bytes(path).removeprefix(b"\xef\xbb\xbf")
    try:
        dataset = msgspec.json.decode(content, type=Dataset)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        hint = f"; `python -m cocosynth validate {path}` says more"
        raise CocosynthError(f"{path}: not a COCO instances file: {error}{hint}") from None
    for table in (dataset.images, dataset.annotations, dataset.categories, dataset.licenses):
        _refuse_double_ids(path, table)
    return dataset


def _refuse_double_ids(path: str, table: list[Any]) -> None:
    seen: set[int] = set()
    for record in table:
        if record.id in seen:
            kind = type(record).__name__.removesuffix("Record").lower()
            raise CocosynthError(
                f"{path}: two {kind} records have the id {record.id}; ids must be unique"
            )
        seen.add(record.id)


def segmentation_of(annotation: AnnotationRecord) -> Any:
    """Parse an annotation's segmentation: polygons, an RLE, or None where it has none."""
    return msgspec.json.decode(annotation.segmentation)


def licenses_of(dataset: Dataset) -> dict[int | None, License]:
    return {record.id: License(record.name or "", record.url or "") for record in dataset.licenses}
