"""Figures in the forms that programs read: JSON, metrics and plots as DVC takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.check.stats.measure import VISIBILITY_BINS, Area, Statistics
from cocosynth.coco.layout import split_of
from cocosynth.coco.part_names import is_part_name, parts_of
from cocosynth.core.errors import CocosynthError

Row = dict[str, Any]


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """Give each annotation file a short name: ``train`` for ``instances_train.json``.

    Files of one name are named with their folders.

    Raises
    ------
    CocosynthError
        If a file is there twice.
    """
    parts = [(*path.resolve().parts[1:-1], _short(path)) for path in paths]
    for depth in range(1, max(map(len, parts)) + 1):
        names = ["/".join(part[-depth:]) for part in parts]
        if len(set(names)) == len(names):
            return dict(zip(names, paths, strict=True))
    double = next(path for path in paths if [p.resolve() for p in paths].count(path.resolve()) > 1)
    raise CocosynthError(f"{double}: is named twice; name each file once")


def _short(path: Path) -> str:
    """Name a file by its split, and a part that stands alone by its number, too."""
    whole = split_of(path)
    return whole if parts_of(path) or not is_part_name(path.stem) else f"{whole}{path.stem[-15:]}"


def records_of(statistics: Mapping[str, Statistics]) -> dict[str, Row]:
    """Return all figures, by the name of the file."""
    return {name: msgspec.to_builtins(figures) for name, figures in statistics.items()}


def metrics_of(statistics: Mapping[str, Statistics]) -> dict[str, Row]:
    """Return the numbers only, nested, without those by category: what DVC can compare."""
    return {name: _scalars(record) for name, record in records_of(statistics).items()}


def _scalars(record: Row) -> Row:
    nested = {key: _scalars(v) if isinstance(v, dict) else v for key, v in record.items()}
    return {key: v for key, v in nested.items() if v is not None and not isinstance(v, list)}


def plots_of(figures: Statistics) -> Iterator[tuple[str, list[Row]]]:
    """Yield the name of each plot, and its data as a list of objects."""
    images = max(figures.images, 1)
    yield (
        "objects_per_image",
        [
            {"objects": objects, "images": count, "fraction": round(count / images, 4)}
            for objects, count in enumerate(figures.objects_per_image.distribution)
        ],
    )
    yield "sizes", [{"size": size, **row} for size, row in _sizes(figures.area)]
    known = max(sum(figures.occlusion.visibility), 1)
    yield (
        "visibility",
        [
            {
                "visible": (step + 1) / VISIBILITY_BINS,
                "instances": count,
                "fraction": round(count / known, 4),
            }
            for step, count in enumerate(figures.occlusion.visibility)
        ],
    )
    yield (
        "categories",
        [
            {
                "category": category.name,
                "instances": category.instances,
                "images": category.images,
                "fraction": round(category.instances / max(figures.instances, 1), 4),
                **{size: row["instances"] for size, row in _sizes(category.area)},
            }
            for category in figures.by_category
        ],
    )


def _sizes(area: Area) -> Iterator[tuple[str, Row]]:
    for size in ("small", "medium", "large"):
        count = getattr(area, size)
        yield size, {"instances": count, "fraction": round(count / max(area.known, 1), 4)}
