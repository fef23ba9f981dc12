"""A configuration for photographs that are there: it says what was seen, and runs as it stands."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cocosynth.coco.layout import images_beside
from cocosynth.coco.part_names import is_part_name
from cocosynth.config.file import parse_config
from cocosynth.config.starter import CONFIG, write_new
from cocosynth.config.yaml_text import write_yaml
from cocosynth.core import image_header
from cocosynth.core.errors import CocosynthError, UnusableError, one_line
from cocosynth.core.urls import is_url
from cocosynth.core.values import Size
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.survey import survey

_LARGEST = 1024  # pixels of the longer side of the canvas
_LOOKED_AT = 200  # backgrounds, spread evenly over all
_NAMED = 8  # categories in a comment
_IMAGES = {"train": 80, "val": 20}


@dataclass(frozen=True)
class Found:
    """What is in the photographs.

    Attributes
    ----------
    instances, photos : Counter of str
        By category: what can be cut out, and out of how many photographs.
    cut_from : int
        Photographs that anything can be cut out of.
    backgrounds : int
    sizes : list of (int, int)
        Heights and widths of the backgrounds looked at.
    """

    instances: Counter[str]
    photos: Counter[str]
    cut_from: int
    backgrounds: int
    sizes: list[Size]


def write_config_for(
    folder: Path,
    backgrounds: Path,
    *,
    coco: Path | None = None,
    images: Path | None = None,
    cutouts: Path | None = None,
    categories: Sequence[str] = (),
) -> Path:
    """Look at photographs or cut-outs and write a configuration that builds from them.

    Parameters
    ----------
    folder : Path
        Where it is written to.
    backgrounds : Path
        A folder of pictures that show none of the objects.
    coco : Path, optional
        The annotations of the objects to cut out. This or `cutouts` must be given, or both.
    images : Path, optional
        The folder of the annotated photographs; what lies beside the annotations by default.
    cutouts : Path, optional
        A folder of objects that are cut out already, with a folder for each category.
    categories : sequence of str
        What to cut out of the photographs, or which cut-outs to take; all by default. Where there
        are both, all cut-outs are taken.

    Raises
    ------
    CocosynthError
        If there is a configuration, or nothing can be built from these photographs.
    """
    if coco is not None and images is None:
        images = _beside(coco)
    for source in (images, cutouts):
        if source is not None and backgrounds.resolve() == source.resolve():
            raise CocosynthError(
                f"{backgrounds}: these photographs show objects, which would stay without labels; "
                "name other backgrounds"
            )
    named = {"coco": coco, "images": images}, {"folder": cutouts}
    foregrounds = [keys for keys in named if None not in keys.values()]
    found = _look(
        _sources(Path(), foregrounds, backgrounds, categories), coco or cutouts, backgrounds
    )
    sources = _sources(folder, foregrounds, backgrounds, categories)
    return write_new(folder, {CONFIG: _text(sources, found)})[0]


def _beside(coco: Path) -> Path:
    """Return the folder of the images of an annotation file."""
    if os.path.isdir(coco):
        raise CocosynthError(
            f"{coco}: a folder, and --coco is a file of annotations; --cutouts is a folder"
        )
    images = images_beside(coco)
    if images is not None:
        return images
    if is_url(coco) or is_part_name(coco.stem) or coco.exists():
        raise CocosynthError(f"{coco}: no folder of images beside it; name it by --images")
    raise CocosynthError(f"{coco}: does not exist")


def _sources(
    folder: Path,
    foregrounds: Sequence[Mapping[str, Path | None]],
    backgrounds: Path,
    categories: Sequence[str],
) -> dict[str, object]:
    """Return the sources as a configuration in a folder names them."""
    named: list[dict[str, object]] = [
        {key: _from(folder, path) for key, path in keys.items() if path} for keys in foregrounds
    ]
    if categories:
        named[0]["categories"] = list(categories)
    return {
        "foregrounds": named,
        "backgrounds": [{"folder": _from(folder, backgrounds)}],
    }


def _from(folder: Path, path: Path) -> str:
    """Return a path as it is written into a configuration in a folder."""
    if path.is_absolute():
        return path.as_posix()
    return Path(os.path.relpath(path, folder)).as_posix()


def _look(sources: dict[str, object], foreground: Path | None, backgrounds: Path) -> Found:
    start = {"preset": "realistic", "splits": {"train": 1}, "canvas": "background"}
    config = parse_config(write_yaml(start | sources), CONFIG).config
    catalogue = survey(config, Path())
    instances, photos, cut_from = Counter[str](), Counter[str](), len(catalogue.cuts)
    for cuts in catalogue.cuts.values():
        names = [cut.category for cut in cuts]
        instances.update(names)
        photos.update(set(names))
    if not cut_from:
        raise CocosynthError(f"{foreground}: holds no object that can be cut out{_why(catalogue)}")
    if not catalogue.backgrounds:
        raise CocosynthError(f"{backgrounds}: holds no usable background{_why(catalogue)}")
    return Found(instances, photos, cut_from, len(catalogue.backgrounds), _sizes(catalogue))


def _why(catalogue: Catalogue) -> str:
    rows = catalogue.skipped.rows()
    return one_line(f": {rows[0]}") if rows else ""


def _sizes(catalogue: Catalogue) -> list[Size]:
    paths = [catalogue.photos[background.photo].path for background in catalogue.backgrounds]
    step = max(1, len(paths) // _LOOKED_AT)
    sizes = []
    for path in paths[::step]:
        try:
            sizes.append(image_header.image_header(path).upright_size)
        except UnusableError:
            continue
    if not sizes:
        raise CocosynthError(f"{paths[0]}: cannot be read, nor can the other backgrounds")
    return sizes


def _text(sources: dict[str, object], found: Found) -> bytes:
    height, width = _canvas(found.sizes)
    splits = ", ".join(f"{name}: {count}" for name, count in _splits(found).items())
    lines = [
        "# Written by `init` from the photographs it found. Paths are relative to this file.",
        "# Every key: docs/config.md. Build it by: python -m cocosynth build",
        "",
        "preset: realistic  # what looks most like a photograph; docs/presets.md",
        "seed: 1            # another seed, other images",
        "",
        *(f"# {line}" for line in _about_splits(found)),
        f"splits: {{{splits}}}",
        "",
        *(f"# {line}" for line in _about_sizes(found)),
        f"canvas: {{width: {width}, height: {height}}}",
        "",
        *(f"# {line}" for line in _about_categories(found)),
        write_yaml({"foregrounds": sources["foregrounds"]}).decode(),
        write_yaml({"backgrounds": sources["backgrounds"]}).decode(),
        "objects_per_image: [1, 3]  # fewest and most",
    ]
    return ("\n".join(lines) + "\n").encode()


def _splits(found: Found) -> dict[str, int]:
    """Return the splits that the photographs can feed, as each feeds one only."""
    if min(found.cut_from, found.backgrounds) < len(_IMAGES):
        return {"train": sum(_IMAGES.values())}
    return _IMAGES


def _about_splits(found: Found) -> list[str]:
    lines = [
        f"Images in each. A photograph feeds one split only. To cut out of: {found.cut_from}; "
        f"backgrounds: {found.backgrounds}."
    ]
    if len(_splits(found)) == 1:
        lines.append("For a second split, add photographs to cut out of, or backgrounds.")
        return lines
    few = [name for name, count in found.photos.items() if count < len(_IMAGES)]
    if few:
        lines.append(f"Of one photograph, and so in one split only: {_names(few)}.")
    return lines


def _about_sizes(found: Found) -> list[str]:
    heights, widths = zip(*found.sizes, strict=True)
    low, high = (f"{side(widths)} x {side(heights)}" for side in (min, max))
    seen = f"all {low}" if low == high else f"from {low} to {high}"
    return [f"Pixels. The backgrounds are {seen}; `canvas: background` takes each in its own size."]


def _about_categories(found: Found) -> list[str]:
    ranked = [f"{name} ({count})" for name, count in found.instances.most_common()]
    return [f"What can be cut out: {_names(ranked)}."]


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return one_line(", ".join(names[:_NAMED]) + more)


def _canvas(sizes: Sequence[Size]) -> Size:
    """Return the middle size of the backgrounds, made smaller if that is large."""
    sides = [median(lengths) for lengths in zip(*sizes, strict=True)]
    scale = min(1.0, _LARGEST / max(sides))
    height, width = (max(1, round(side * scale)) for side in sides)
    return height, width
