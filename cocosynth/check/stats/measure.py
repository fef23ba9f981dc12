"""Columns of a COCO file to figures."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.stats.read import Columns, Floats

SMALL, MEDIUM = 32**2, 96**2
"""Areas from which COCO calls an object medium, and large."""

VISIBILITY_BINS = 10


class Area(msgspec.Struct, frozen=True):
    """Mask pixels of instances; `known` of them have an area, the others count nowhere here."""

    known: int
    small: int
    medium: int
    large: int
    mean: float | None
    median: float | None


class ObjectsPerImage(msgspec.Struct, frozen=True):
    """`distribution[k]` images have k instances."""

    min: int | None
    median: float | None
    mean: float | None
    max: int | None
    distribution: list[int]


class Occlusion(msgspec.Struct, frozen=True):
    """How much of each instance can be seen, as far as the file or its scenes say.

    Attributes
    ----------
    known : int
        Instances of which it is known whether something hides a part of them.
    hidden : int
        Those with a part hidden.
    hidden_fraction : float or None
    mean_visibility : float or None
        Over the instances whose visible fraction is known.
    visibility : list of int
        Instances by visible fraction: from 0 to 0.1, to 0.2 and so on up to 1.
    """

    known: int
    hidden: int
    hidden_fraction: float | None
    mean_visibility: float | None
    visibility: list[int]


class CategoryStatistics(msgspec.Struct, frozen=True):
    """The instances of one category, and in how many images there are some."""

    id: int
    name: str
    instances: int
    crowds: int
    images: int
    area: Area


class Statistics(msgspec.Struct, frozen=True):
    """The figures of one COCO file.

    An instance is an annotation that is no crowd; areas, objects per image and occlusion are those
    of instances. An image without annotations has neither an instance nor a crowd.
    """

    images: int
    images_without_annotations: int
    annotations: int
    instances: int
    crowds: int
    categories: int
    categories_without_instances: int
    objects_per_image: ObjectsPerImage
    area: Area
    occlusion: Occlusion
    by_category: list[CategoryStatistics]


def measure(columns: Columns) -> Statistics:
    """Count and measure the records of a COCO file."""
    single = ~columns.crowd
    by_category = _by_category(columns, single)
    return Statistics(
        images=columns.images,
        images_without_annotations=columns.images - len(np.unique(columns.image)),
        annotations=len(columns.image),
        instances=int(single.sum()),
        crowds=int(columns.crowd.sum()),
        categories=len(columns.categories),
        categories_without_instances=sum(not category.instances for category in by_category),
        objects_per_image=_objects_per_image(columns, single),
        area=_area(columns.area[single]),
        occlusion=_occlusion(columns.visibility[single], columns.occluded[single]),
        by_category=by_category,
    )


def _objects_per_image(columns: Columns, single: NDArray[np.bool_]) -> ObjectsPerImage:
    counts = np.bincount(columns.image[single], minlength=columns.images)
    if not len(counts):
        return ObjectsPerImage(None, None, None, None, [])
    return ObjectsPerImage(
        min=int(counts.min()),
        median=float(np.median(counts)),
        mean=_rounded(counts.mean()),
        max=int(counts.max()),
        distribution=np.bincount(counts).tolist(),
    )


def _area(area: Floats) -> Area:
    known = area[~np.isnan(area)]
    small, large = int((known < SMALL).sum()), int((known >= MEDIUM).sum())
    return Area(
        known=len(known),
        small=small,
        medium=len(known) - small - large,
        large=large,
        mean=_rounded(known.mean()) if len(known) else None,
        median=_rounded(np.median(known)) if len(known) else None,
    )


def _occlusion(visibility: Floats, occluded: Floats) -> Occlusion:
    known, hidden = int((~np.isnan(occluded)).sum()), int((occluded == 1).sum())
    found = visibility[~np.isnan(visibility)]
    bins = np.minimum((found * VISIBILITY_BINS).astype(np.int64), VISIBILITY_BINS - 1)
    return Occlusion(
        known=known,
        hidden=hidden,
        hidden_fraction=_rounded(hidden / known) if known else None,
        mean_visibility=_rounded(found.mean()) if len(found) else None,
        visibility=np.bincount(bins, minlength=VISIBILITY_BINS).tolist() if len(found) else [],
    )


def _by_category(columns: Columns, single: NDArray[np.bool_]) -> list[CategoryStatistics]:
    total = len(columns.categories)
    instances = np.bincount(columns.category[single], minlength=total)
    crowds = np.bincount(columns.category[columns.crowd], minlength=total)
    pairs = np.unique(columns.category[single] * columns.images + columns.image[single])
    images = np.bincount(pairs // max(columns.images, 1), minlength=total)
    order = np.argsort(columns.category[single], kind="stable")
    areas = np.split(columns.area[single][order], np.cumsum(instances)[:-1]) if total else []
    return [
        CategoryStatistics(
            *(number, name, int(instances[row]), int(crowds[row]), int(images[row])),
            _area(areas[row]),
        )
        for row, (number, name) in enumerate(columns.categories)
    ]


def _rounded(value: float) -> float:
    return round(float(value), 4)
