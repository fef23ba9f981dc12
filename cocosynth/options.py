"""What the user chose, typed: every key of the configuration, its default and its limits."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cocosynth.augment import AUGMENTATIONS, Augmentation
from cocosynth.blend import BLEND_MODES, BlendMode
from cocosynth.placement import PLACEMENTS, PlacementStrategy
from cocosynth.structures import MAX_PIXELS
from cocosynth.techniques import Spec, make

Fraction = Annotated[float, Meta(ge=0, le=1)]
Pixels = Annotated[int, Meta(ge=1, le=65500)]  # JPEG knows no longer side
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
OnBadInput = Literal["skip", "fail"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of the configuration; a key it does not know is an error."""


class Canvas(Strict, frozen=True, kw_only=True):
    """The size of the output images."""

    width: Pixels
    height: Pixels
    fit: Annotated[
        Literal["cover", "crop", "stretch"],
        Meta(
            description="cover: scale the background to cover the canvas, crop what is over; "
            "crop: cut the canvas out of it at its own resolution where it is large enough; "
            "stretch: distort it to the canvas"
        ),
    ] = "cover"

    def __post_init__(self) -> None:
        if self.width * self.height > MAX_PIXELS:
            raise ValueError(
                f"canvas must have at most {MAX_PIXELS} pixels, got {self.width} x {self.height}"
            )


class CocoForeground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="coco"):
    """Instances out of a COCO dataset."""

    coco: Annotated[str, Meta(description="the COCO instances JSON file")]
    images: Annotated[str, Meta(description="the folder its file names are relative to")]
    categories: Annotated[
        tuple[str | int, ...] | None,
        Meta(description="names, ids or supercategories; absent: all"),
    ] = None
    area_range: Annotated[
        tuple[Annotated[float, Meta(ge=0)] | None, Annotated[float, Meta(ge=0)] | None],
        Meta(description="mask pixels in the source image, from and to; null: no limit"),
    ] = (None, None)
    skip_truncated: Annotated[
        bool, Meta(description="leave out instances that a border of their image cuts")
    ] = False

    def __post_init__(self) -> None:
        low, high = self.area_range
        if low is not None and high is not None and low > high:
            raise ValueError(f"area_range must go from low to high, got [{low:g}, {high:g}]")

    @property
    def image_folder(self) -> str:
        return self.images


class FolderForeground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """Cut-outs the user made: <category>/... or <supercategory>/<category>/..."""

    folder: str
    categories: Annotated[
        tuple[str, ...] | None, Meta(description="names or supercategories; absent: all")
    ] = None
    background_threshold: Annotated[
        float,
        Meta(
            gt=0,
            le=100,
            description="for pictures on a plain background: CIELAB distance up to which a "
            "pixel is background",
        ),
    ] = 12.0
    license: Annotated[str, Meta(description="name of the licence of these pictures")] = "Unknown"
    license_url: str = ""
    attribution: Annotated[str, Meta(description="who made them, to be credited")] = ""

    @property
    def image_folder(self) -> str:
        return self.folder


class CocoBackground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="coco"):
    """Images of a COCO dataset as backgrounds."""

    coco: str
    images: str
    annotations: Annotated[
        Literal["keep", "avoid"],
        Meta(
            description="keep: carry their annotations into the output; avoid: do not use "
            "images that hold an output category"
        ),
    ]
    categories: Annotated[
        tuple[str | int, ...] | None,
        Meta(
            description="with annotations: keep, the annotations to carry besides those of the "
            "foregrounds' categories; absent: all"
        ),
    ] = None

    @property
    def image_folder(self) -> str:
        return self.images


class FolderBackground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """A folder of images that hold no object of the output categories."""

    folder: str
    license: Annotated[str, Meta(description="name of the licence of these images")] = "Unknown"
    license_url: str = ""
    attribution: Annotated[str, Meta(description="who made them, to be credited")] = ""

    @property
    def image_folder(self) -> str:
        return self.folder


class Export(Strict, frozen=True, kw_only=True):
    """How the dataset is written."""

    segmentation: Annotated[
        Literal["rle", "polygon"],
        Meta(description="compressed RLE, or polygons that rasterise to the same mask exactly"),
    ] = "rle"
    image_format: Literal["jpg", "png"] = "jpg"
    quality: Annotated[int, Meta(ge=1, le=100, description="of JPEG")] = 95
    category_ids: Annotated[
        Literal["keep", "contiguous"],
        Meta(description="keep those of the first source that has the category, or number 1..N"),
    ] = "keep"


class Licenses(Strict, frozen=True, kw_only=True):
    """Which photographs may be used."""

    no_derivatives: Annotated[
        Literal["refuse", "allow"],
        Meta(description="photographs whose licence forbids altered copies"),
    ] = "refuse"
    allow: Annotated[
        tuple[str, ...] | None,
        Meta(description="use only these: names or codes such as cc-by-2.0, * stands for anything"),
    ] = None
    deny: Annotated[tuple[str, ...], Meta(description="do not use these")] = ()


class Info(Strict, frozen=True, kw_only=True):
    """The `info` record of the dataset."""

    description: str = "Synthetic images composed by cocosynth"
    version: str = "1.0"
    year: Annotated[int, Meta(ge=0, le=9999)] | None = None
    contributor: str = ""
    url: str = ""
    date_created: str = ""


def is_split_name(name: str) -> bool:
    """Say whether a split can have this name: that of a folder beside the dataset's others."""
    taken = ("annotations", "scenes")
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name)) and name.lower() not in taken


Foreground = CocoForeground | FolderForeground
BackgroundSource = CocoBackground | FolderBackground


class Config(Strict, frozen=True, kw_only=True):
    """A build, completely described."""

    seed: Seed = 0
    splits: Annotated[
        dict[str, Annotated[int, Meta(ge=0, le=10_000_000)]],
        Meta(min_length=1, description="number of images in each"),
    ]
    canvas: Canvas | Literal["background"]
    foregrounds: Annotated[tuple[Foreground, ...], Meta(min_length=1)]
    backgrounds: Annotated[tuple[BackgroundSource, ...], Meta(min_length=1)]
    objects_per_image: Annotated[
        tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0, le=1000)]],
        Meta(description="fewest and most objects pasted into an image"),
    ] = (1, 4)
    category_weights: Annotated[
        dict[str, Annotated[float, Meta(ge=0, le=1e6)]],
        Meta(description="how often a category is pasted; 1 where absent, 0 never"),
    ] = {}
    augment: tuple[Spec, ...] = ()
    placement: Spec = "uniform"
    min_visibility: Annotated[
        Fraction, Meta(description="visible fraction below which no object may fall")
    ] = 0.3
    min_area: Annotated[
        int, Meta(ge=1, description="visible pixels below which no pasted object may fall")
    ] = 64
    blend: Spec = "feather"
    share_sources: Annotated[
        bool, Meta(description="let one photograph feed several splits; this leaks")
    ] = False
    on_bad_input: Annotated[
        OnBadInput,
        Meta(
            description="records and files that cannot be used. skip: leave them out, counted and "
            "reported; fail: end the build at the first one"
        ),
    ] = "skip"
    export: Export = Export()
    licenses: Licenses = Licenses()
    info: Info = Info()

    def __post_init__(self) -> None:
        low, high = self.objects_per_image
        if low > high:
            raise ValueError(f"objects_per_image must go from low to high, got [{low}, {high}]")
        if not any(self.splits.values()):
            raise ValueError("splits: no split has an image")
        for name in self.splits:
            if not is_split_name(name):
                raise ValueError(
                    f"splits: {name!r} cannot name a folder of images; use letters and digits, "
                    "but not annotations or scenes"
                )

    def augmentations(self) -> tuple[Augmentation, ...]:
        return tuple(
            make(AUGMENTATIONS, spec, where=f"augment[{i}]", needs=("sample",))
            for i, spec in enumerate(self.augment)
        )

    def placement_strategy(self) -> PlacementStrategy:
        strategy: PlacementStrategy = make(
            PLACEMENTS,
            self.placement,
            where="placement",
            needs=("propose", "max_truncation", "max_overlap"),
        )
        return strategy

    def blend_mode(self) -> BlendMode:
        mode: BlendMode = make(
            BLEND_MODES, self.blend, where="blend", needs=("prepare", "__call__")
        )
        return mode
