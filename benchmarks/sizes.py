"""How much is measured: all of it, what fits into less than a minute, or next to nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Numbers of images unless said otherwise.

    Attributes
    ----------
    rounds : int
    photographs : int
        That objects are cut out of, at most.
    few, many : int
        Between which the cost of an image is told from that of starting, for the main figures;
        no fewer than the preview shows, which is part of the start.
    tutorial : int
        The plain way is slow.
    repeated : int
        Backgrounds, where they repeat.
    growth_few, growth_many : int
        As `few` and `many`, while something else grows.
    bank_many : int
        As `growth_many`; where starting takes long, more images tell their cost from it.
    objects : tuple of int
        Pasted into an image.
    images : tuple of int
    banks : tuple of int
        Photographs, of ten instances each.
    canvases : tuple of (int, int)
        Width and height.
    annotations : int
        In the large file that is read.
    sources : tuple of int
        Annotations of the sources that the same images are made of.
    source_images : int
        How many of them.
    source_rounds : int
    techniques : int
        How many of them are measured at the most.
    technique_images, technique_rounds : int
        That each of them is measured on.
    canvas_least, canvas_rounds : int
        On a canvas of many pixels there are fewer images than `growth_many`, down to these.
    photos_few, photos_many, photo_rounds : int
        Photographs of 12 megapixels; no fewer than the preview shows.
    validated : int
        Annotations of one of them.
    png_images : int
    records : tuple of int
        Images and annotations of a build at its end.
    """

    rounds: int
    photographs: int
    few: int
    many: int
    tutorial: int
    repeated: int
    growth_few: int
    growth_many: int
    bank_many: int
    objects: tuple[int, ...]
    images: tuple[int, ...]
    banks: tuple[int, ...]
    canvases: tuple[tuple[int, int], ...]
    annotations: int
    sources: tuple[int, ...]
    source_images: int
    source_rounds: int
    techniques: int
    technique_images: int
    technique_rounds: int
    canvas_least: int
    canvas_rounds: int
    photos_few: int
    photos_many: int
    photo_rounds: int
    validated: int
    png_images: int
    records: tuple[int, ...]


FULL = Sizes(
    rounds=3,
    photographs=50,
    few=40,
    many=2000,
    tutorial=20,
    repeated=100,
    growth_few=24,
    growth_many=120,
    bank_many=500,
    objects=(1, 3, 10, 30, 50, 100),
    images=(100, 1000, 10_000),
    banks=(20, 200, 2000),
    canvases=((320, 240), (640, 480), (1920, 1080), (4000, 3000)),
    annotations=860_001,
    sources=(2000, 860_001),
    source_images=1000,
    source_rounds=1,
    techniques=1000,
    technique_images=24,
    technique_rounds=3,
    canvas_least=16,
    canvas_rounds=3,
    photos_few=24,
    photos_many=48,
    photo_rounds=3,
    validated=400,
    png_images=20,
    records=(10_000, 100_000, 1_000_000),
)

QUICK = Sizes(
    rounds=1,
    photographs=10,
    few=20,
    many=120,
    tutorial=2,
    repeated=8,
    growth_few=20,
    growth_many=64,
    bank_many=120,
    objects=(1, 10, 50),
    images=(50, 200),
    banks=(4, 40),
    canvases=((320, 240), (640, 480)),
    annotations=20_000,
    sources=(500, 5000),
    source_images=60,
    source_rounds=1,
    techniques=6,
    technique_images=8,
    technique_rounds=2,
    canvas_least=8,
    canvas_rounds=2,
    photos_few=20,
    photos_many=26,
    photo_rounds=1,
    validated=100,
    png_images=4,
    records=(10_000,),
)

TINY = Sizes(
    rounds=1,
    photographs=5,
    few=1,
    many=3,
    tutorial=1,
    repeated=2,
    growth_few=1,
    growth_many=2,
    bank_many=3,
    objects=(1, 3, 6),
    images=(2,),
    banks=(1,),
    canvases=((160, 120),),
    annotations=300,
    sources=(30, 120),
    source_images=3,
    source_rounds=1,
    techniques=3,
    technique_images=2,
    technique_rounds=1,
    canvas_least=2,
    canvas_rounds=1,
    photos_few=1,
    photos_many=2,
    photo_rounds=1,
    validated=5,
    png_images=1,
    records=(400,),
)
