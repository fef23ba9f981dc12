"""The sources of a build: `foregrounds`, `backgrounds`, `licenses` of the configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from cocosynth.core.options import Fraction, Strict

OnBadInput = Literal["skip", "fail"]
OnLookalikes = Literal["keep", "join"]
_LARGEST = 1e300  # of a value range: the difference of two such is a number
Band = Annotated[int, Meta(ge=1, le=65535)]


ValueRange = Annotated[
    tuple[float, float] | Literal["auto", "full"],
    Meta(
        description="of pictures with more than 8 bits, the numbers that become black and white; "
        "auto: measured in the source; full: the whole range of their kind"
    ),
]
Bands = Annotated[
    tuple[Band, Band, Band] | None,
    Meta(description="which bands become red, green and blue; the first band is 1"),
]


Whole = Annotated[
    Fraction,
    Meta(
        description="skip instances that are less whole: the share of the outline that is "
        "the object's own, not that of another object or of the image's border"
    ),
]


MinSharpness = Annotated[
    Fraction,
    Meta(description="skip objects that are less sharp, from 0 (blurred) to 1; 0: none"),
]
MinSide = Annotated[
    int,
    Meta(
        ge=0,
        le=65500,
        description="skip objects whose width or height in the source image is less, in pixels",
    ),
]
Matte = Annotated[
    Literal["none", "guided", "closed_form"],
    Meta(
        description="how the alpha at an object's rim is estimated. guided: fast; closed_form: "
        "slow, for hair and fur (needs the extra `matting`)"
    ),
]
AnnotationId = Annotated[int, Meta(ge=0, le=2**53 - 1)]


def _check_value_range(value_range: ValueRange) -> None:
    if isinstance(value_range, str):
        return
    low, high = value_range
    if not -_LARGEST <= low < high <= _LARGEST:
        raise ValueError(
            f"value_range must go from a lower to a higher number, got [{low:g}, {high:g}]"
        )


class CocoForeground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="coco"):
    """Instances out of a COCO dataset."""

    coco: Annotated[str, Meta(description="the COCO instances JSON file")]
    images: Annotated[str, Meta(description="the folder its file names are relative to")]
    keypoints: Annotated[
        str | None,
        Meta(
            description="a COCO file that gives the keypoints of these annotations, under the same "
            "ids: person_keypoints beside instances"
        ),
    ] = None
    categories: Annotated[
        tuple[str | int, ...] | None,
        Meta(description="names, ids or supercategories; absent: all"),
    ] = None
    area_range: Annotated[
        tuple[Annotated[float, Meta(ge=0)] | None, Annotated[float, Meta(ge=0)] | None],
        Meta(description="mask pixels in the source image, from and to; null: no limit"),
    ] = (None, None)
    skip_truncated: Annotated[
        bool, Meta(description="skip instances that a border of their image cuts")
    ] = False
    whole: Whole = 0.0
    min_sharpness: MinSharpness = 0.0
    min_side: MinSide = 0
    matte: Matte = "none"
    exclude: Annotated[
        tuple[AnnotationId, ...] | Annotated[str, Meta(min_length=1)],
        Meta(description="ids of annotations that are not cut out, or a text file of such ids"),
    ] = ()
    value_range: ValueRange = "full"
    bands: Bands = None

    def __post_init__(self) -> None:
        _check_value_range(self.value_range)
        low, high = self.area_range
        if low is not None and high is not None and low > high:
            raise ValueError(f"area_range must go from low to high, got [{low:g}, {high:g}]")

    @property
    def image_folder(self) -> str:
        return self.images

    @property
    def name(self) -> str:
        """What the source is called in counts and in the manifest."""
        return self.coco


class FolderForeground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """Cut-outs the user made: <category>/... or <supercategory>/<category>/..."""

    folder: str
    categories: Annotated[
        tuple[str, ...] | None, Meta(description="names or supercategories; absent: all")
    ] = None
    background_threshold: Annotated[
        float,
        Meta(
            ge=0,
            le=100,
            description="for pictures on a plain background: CIELAB distance up to which a "
            "pixel is background",
        ),
    ] = 12.0
    whole: Whole = 0.0
    min_sharpness: MinSharpness = 0.0
    min_side: MinSide = 0
    matte: Matte = "none"
    exclude: Annotated[
        tuple[str, ...] | Annotated[str, Meta(min_length=1)],
        Meta(
            description="pictures that are not cut out, as cup/a.png, or a text file of such names"
        ),
    ] = ()
    license: Annotated[str, Meta(description="name of the licence of these pictures")] = "Unknown"
    license_url: str = ""
    attribution: Annotated[str, Meta(description="who made them, to be credited")] = ""
    value_range: ValueRange = "full"
    bands: Bands = None

    def __post_init__(self) -> None:
        _check_value_range(self.value_range)

    @property
    def image_folder(self) -> str:
        return self.folder

    @property
    def name(self) -> str:
        """What the source is called in counts and in the manifest."""
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
    keypoints: Annotated[
        str | None,
        Meta(
            description="a COCO file that gives the keypoints of these annotations, under the same "
            "ids: person_keypoints beside instances"
        ),
    ] = None
    value_range: ValueRange = "full"
    bands: Bands = None

    def __post_init__(self) -> None:
        _check_value_range(self.value_range)

    @property
    def image_folder(self) -> str:
        return self.images

    @property
    def name(self) -> str:
        """What the source is called in counts and in the manifest."""
        return self.coco


class FolderBackground(Strict, frozen=True, kw_only=True, tag_field="kind", tag="folder"):
    """A folder of images that hold no object of the output categories."""

    folder: str
    license: Annotated[str, Meta(description="name of the licence of these images")] = "Unknown"
    license_url: str = ""
    attribution: Annotated[str, Meta(description="who made them, to be credited")] = ""
    value_range: ValueRange = "full"
    bands: Bands = None

    def __post_init__(self) -> None:
        _check_value_range(self.value_range)

    @property
    def image_folder(self) -> str:
        return self.folder

    @property
    def name(self) -> str:
        """What the source is called in counts and in the manifest."""
        return self.folder


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


Foreground = CocoForeground | FolderForeground


BackgroundSource = CocoBackground | FolderBackground


class Distractors(Strict, frozen=True, kw_only=True, rename={"sources": "from"}):
    """Objects pasted to hide others and to confuse; they get no label unless it is asked for."""

    sources: Annotated[
        tuple[Foreground, ...],
        Meta(min_length=1, description="where they are cut out; the forms of `foregrounds`"),
    ]
    per_image: Annotated[
        tuple[Annotated[int, Meta(ge=0)], Annotated[int, Meta(ge=0, le=1000)]],
        Meta(description="fewest and most pasted into an image, beside its objects"),
    ] = (0, 2)
    label: Annotated[
        bool,
        Meta(
            description="true: they are annotated as objects of their categories are; false: not, "
            "and what is of an output category is skipped"
        ),
    ] = False

    def __post_init__(self) -> None:
        low, high = self.per_image
        if low > high:
            raise ValueError(f"per_image must go from low to high, got [{low}, {high}]")
