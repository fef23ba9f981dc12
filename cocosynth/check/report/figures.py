"""Distributions of what makes a dataset easy or hard, on scales that two datasets share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.report.dataset import Split
from cocosynth.check.report.looks import HUES, Looks
from cocosynth.check.stats.measure import MEDIUM, SMALL

Floats = NDArray[np.float64]

GRID = 24
"""Cells of a heat picture, on each side."""

TINTS = (
    *("red", "orange", "yellow", "yellow-green", "green", "sea green"),
    *("cyan", "azure", "blue", "violet", "magenta", "rose"),
)


class Scale(NamedTuple):
    """The bins of a figure: one lies between each two edges; values beyond count in the last."""

    title: str
    unit: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]


def _spans(edges: Sequence[float], sign: str = "") -> tuple[str, ...]:
    return tuple(f"{a:g} to {b:g}{sign}" for a, b in zip(edges, edges[1:], strict=False))


_SIDES = (0, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_TENTHS = tuple(range(0, 101, 10))
_COUNTS = (*range(11), 13, 16, 21, 31, 51)
_ASPECTS = (0, 1 / 5, 1 / 3, 1 / 2, 2 / 3, 4 / 5, 5 / 4, 3 / 2, 2, 3, 5)
_SHARP = tuple(step / 2 for step in range(9))

SCALES = {
    "size": Scale(
        "Object size", "square root of the area, in pixels", (*_SIDES, np.inf),
        (*_spans(_SIDES), "over 512"),
    ),
    "share": Scale(
        "Object size in its image", "square root of the part of the image it covers",
        tuple(n / 100 for n in (0, 2, 4, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100)),
        _spans((0, 2, 4, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100), " %"),
    ),
    "aspect": Scale(
        "Aspect of boxes", "width / height", (*_ASPECTS, np.inf),
        ("under 1:5", "1:5 to 1:3", "1:3 to 1:2", "1:2 to 2:3", "2:3 to 4:5", "about square",
         "5:4 to 3:2", "3:2 to 2:1", "2:1 to 3:1", "3:1 to 5:1", "over 5:1"),
    ),
    "objects": Scale(
        "Objects an image", "instances", (*_COUNTS, np.inf),
        (*map(str, range(10)), "10 to 12", "13 to 15", "16 to 20", "21 to 30", "31 to 50",
         "over 50"),
    ),
    "visible": Scale(
        "Occlusion", "visible part of an object",
        (*(n / 100 for n in _TENTHS[:-1]), 0.9999, np.inf),
        (*_spans(_TENTHS, " %"), "all of it"),
    ),
    "brightness": Scale(
        "Brightness", "mean of an image", tuple(n / 100 for n in _TENTHS), _spans(_TENTHS, " %")
    ),
    "contrast": Scale(
        "Contrast", "standard deviation of the grey levels of an image",
        (*(n / 100 for n in range(0, 45, 5)), np.inf),
        (*_spans(range(0, 45, 5), " %"), "over 40 %"),
    ),
    "saturation": Scale(
        "Saturation", "mean of an image", tuple(n / 100 for n in _TENTHS), _spans(_TENTHS, " %")
    ),
    "sharpness": Scale(
        "Sharpness", "log10 of the variance of the Laplacian of an image", (*_SHARP, np.inf),
        (*_spans(_SHARP), "over 4"),
    ),
}  # fmt: skip


@dataclass(eq=False)
class Figures:
    """What was measured of one dataset.

    Attributes
    ----------
    images, instances, crowds : int
    values : dict of str to ndarray
        By figure: one number for each object or image of which it is known.
    hues : ndarray of float, shape (12,)
        How much of the colour lies where on the hue circle.
    names : dict of str to int
        Instances, by the name of the category.
    centres : ndarray of float, shape (n, 2)
        Where the centres of boxes lie in their images, as fractions.
    centre_categories : list of ndarray of int
        Of each split: the row of the category of each centre.
    occluded : tuple of int
        Objects with a part hidden, and those of which that is known.
    """

    images: int
    instances: int
    crowds: int
    names: dict[str, int]
    centres: Floats
    centre_categories: list[NDArray[np.int64]]
    occluded: tuple[int, int]
    values: dict[str, Floats] = field(default_factory=dict)
    hues: Floats = field(default_factory=lambda: np.zeros(HUES))


def figures_of(splits: Sequence[Split], looks: Sequence[Looks]) -> Figures:
    """Measure a dataset: all its annotations, and the pictures that were looked at."""
    parts = [_of_split(split) for split in splits]
    names: dict[str, int] = {}
    for split in splits:
        counts = np.bincount(
            split.columns.category[~split.columns.crowd], minlength=len(split.columns.categories)
        )
        for (_, name), count in zip(split.columns.categories, counts.tolist(), strict=True):
            names[name] = names.get(name, 0) + count
    single = [~split.columns.crowd for split in splits]
    occluded = np.concatenate(
        [np.zeros(0), *(s.columns.occluded[one] for s, one in zip(splits, single, strict=True))]
    )
    found = Figures(
        images=sum(split.columns.images for split in splits),
        instances=sum(int(one.sum()) for one in single),
        crowds=sum(int(split.columns.crowd.sum()) for split in splits),
        names=names,
        centres=np.concatenate([np.zeros((0, 2)), *(part["centres"] for part in parts)]),
        centre_categories=[part["rows"].astype(np.int64) for part in parts],
        occluded=(int((occluded == 1).sum()), int((~np.isnan(occluded)).sum())),
    )
    for name in ("size", "share", "aspect", "objects", "visible"):
        column = np.concatenate([np.zeros(0), *(part[name] for part in parts)])
        found.values[name] = column[~np.isnan(column)]
    for name in ("brightness", "contrast", "saturation", "sharpness"):
        found.values[name] = np.array([getattr(look, name) for look in looks], np.float64)
    if looks:
        found.hues = np.array([look.hues for look in looks]).sum(axis=0)
    return found


def _of_split(split: Split) -> dict[str, Floats]:
    columns = split.columns
    single = ~columns.crowd
    x, y, width, height = columns.box[single].T
    image_width, image_height = columns.size[columns.image[single]].T
    area = columns.area[single]
    with np.errstate(divide="ignore", invalid="ignore"):
        aspect = np.where((width > 0) & (height > 0), width / height, np.nan)
        share = np.sqrt(area / (image_width * image_height))
        centres = np.stack([(x + width / 2) / image_width, (y + height / 2) / image_height], axis=1)
    known = np.isfinite(centres).all(axis=1) & (centres >= 0).all(axis=1)
    known &= (centres <= 1).all(axis=1)
    return {
        "size": np.sqrt(area),
        "share": np.where(np.isfinite(share), np.minimum(share, 1), np.nan),
        "aspect": aspect,
        "objects": np.bincount(columns.image[single], minlength=columns.images).astype(np.float64),
        "visible": columns.visibility[single],
        "centres": centres[known],
        "rows": columns.category[single][known].astype(np.float64),
    }


def counts_in(name: str, values: Floats) -> Floats:
    """Count values by the bins of their scale."""
    edges = np.array(SCALES[name].edges)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return np.bincount(bins, minlength=len(edges) - 1).astype(np.float64)


def heat(centres: Floats) -> Floats:
    """Count the centres of boxes by the cells of a grid; shape (GRID, GRID), rows first."""
    cells = np.minimum((centres * GRID).astype(np.int64), GRID - 1)
    flat = np.bincount(cells[:, 1] * GRID + cells[:, 0], minlength=GRID * GRID)
    return flat.reshape(GRID, GRID).astype(np.float64)


def size_classes(values: Floats) -> list[int]:
    """Count objects as COCO does: small, medium, large; values are square roots of areas."""
    edges = np.sqrt([SMALL, MEDIUM])
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=3).tolist()
