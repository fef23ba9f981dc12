"""The values that travel between modules; nothing of ours is imported here.

Pixels are (row, col), sizes (height, width), boxes half-open. In matrices a point is (x, y, 1) in
continuous coordinates: pixel (row, col) covers the unit square from (x, y) = (col, row), so its
centre is at (col + 0.5, row + 0.5) and a flip of a w pixels wide image is exactly x -> w - x.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (h, w, 3) RGB
Rgba = NDArray[np.uint8]  # (h, w, 4) RGB and alpha, not premultiplied
Alpha = NDArray[np.uint8]  # (h, w)
Mask = NDArray[np.bool_]  # (h, w)
Labels = NDArray[np.uint16]  # (H, W), 0 is background, k is layer k
Homography = NDArray[np.float64]  # (3, 3), acts on (x, y, 1)
Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]  # a homography in plain floats, as it is written down
Octagon = Sequence[tuple[int, int]]  # corners (x, y) of a polygon that holds a mask
Size = tuple[int, int]  # (height, width)
Carried = Mapping[str, Any]  # what an annotation carries beside its mask, see coco.fields

ALPHA_THRESHOLD = 128
"""A pixel belongs to a layer where the layer's alpha is at least this."""


MAX_PIXELS = 120_000_000
"""The largest image read or made: above what cameras take, below what eats a machine's memory."""


class Box(NamedTuple):
    """A half-open box of pixels: rows top to bottom - 1, columns left to right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        return self.bottom - self.top, self.right - self.left

    @property
    def centre(self) -> tuple[int, int]:
        """Row and column of the pixel in the middle."""
        return (self.top + self.bottom) // 2, (self.left + self.right) // 2

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def clipped(self, size: Size) -> Box:
        """Return the part of the box inside an image of this size; it may be empty."""
        height, width = size
        top, left = min(max(self.top, 0), height), min(max(self.left, 0), width)
        return Box(top, left, max(top, min(self.bottom, height)), max(left, min(self.right, width)))

    def shrunk(self, margin: int) -> Box:
        """Return the box without a margin at each side."""
        return Box(self.top + margin, self.left + margin, self.bottom - margin, self.right - margin)

    def moved(self, rows: int, cols: int) -> Box:
        return Box(self.top + rows, self.left + cols, self.bottom + rows, self.right + cols)


class Borders(NamedTuple):
    """Which borders of its source image cut an instance."""

    top: bool = False
    left: bool = False
    bottom: bool = False
    right: bool = False


class Category(msgspec.Struct, frozen=True, omit_defaults=True):
    """A category of the output dataset."""

    id: int
    name: str
    supercategory: str
    keypoints: tuple[str, ...] = ()  # their names
    skeleton: tuple[tuple[int, int], ...] = ()  # pairs of keypoints, counted from 1


class License(msgspec.Struct, frozen=True):
    """The terms a photograph comes under."""

    name: str
    url: str


class Reading(msgspec.Struct, frozen=True):
    """How the numbers in an image file become 8-bit colours.

    Attributes
    ----------
    value_range : tuple of float or None
        The numbers that become black and white, in pictures of more than 8 bits; None takes the
        whole range of their kind.
    bands : tuple of int or None
        Which bands become red, green and blue; the first band is 1. None takes them as the file
        says.
    """

    value_range: tuple[float, float] | None = None
    bands: tuple[int, int, int] | None = None


AS_IT_IS = Reading()
"""The reading of an ordinary picture."""


@dataclass(frozen=True)
class Photo:
    """A source image on disk, and what is known about it without reading its pixels."""

    source: str  # the name of the source in the configuration
    path: str
    file_name: str  # relative to the source's image folder
    size: Size
    upright: bool  # True: EXIF orientation is applied; False: pixels as stored
    image_id: int | None
    license: License
    attribution: str
    fields: tuple[tuple[str, str], ...] = ()  # provenance keys of the image record, as they were
    reading: Reading = AS_IT_IS
    deep: bool = False  # its numbers have more than 8 bits


@dataclass(frozen=True, eq=False)
class Instance:
    """One object cut out of a source image, with a margin of transparent pixels around it."""

    rgba: Rgba
    category: str
    annotation_id: int | None
    box: Box  # of `rgba`, margin included, in the source image
    area: int  # mask pixels in the source image
    borders: Borders
    octagon: Octagon  # of the mask in `rgba`
    fields: Mapping[str, Any] = field(
        default_factory=dict
    )  # what the annotation carries, in the source image
    certain: bool = True  # False where its border can hardly be seen in the source image
    whole: float = 1.0  # from 0 to 1: how much of its outline is its own, see `foregrounds`
    sharpness: float = 1.0  # from 0 to 1
    matted: bool = False  # its alpha, and its colours at the rim, were estimated in the source
    distracts: bool = False


Flipped = Literal["", "horizontal", "vertical", "both"]


class Background(msgspec.Struct, frozen=True, omit_defaults=True):
    """The chosen canvas: a crop of a photo, flipped, and resized to the canvas or a part of it.

    Attributes
    ----------
    photo : int
    crop : Box
    flip : str
        Which sides change places: left and right are horizontal.
    place : Box, optional
        The part of the canvas that the crop fills, where that is not all of it.
    padding : int
        The grey level of the rest.
    """

    photo: int
    crop: Box
    flip: Flipped = ""
    place: Box | None = None
    padding: int = 0

    @property
    def mirrors(self) -> tuple[bool, bool]:
        """Whether top and bottom, and whether left and right change places."""
        return self.flip in ("vertical", "both"), self.flip in ("horizontal", "both")

    def place_in(self, size: Size) -> Box:
        """Return the part of a canvas of this size that the crop fills."""
        return Box(0, 0, *size) if self.place is None else self.place


class Step(msgspec.Struct, frozen=True):
    """A decided photometric act: the name of a tone, and the plain values that it applies."""

    name: str
    values: dict[str, Any]


class Placement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One paste: which instance, where its pixels go in the canvas, and how they are coloured."""

    instance: int
    matrix: Matrix
    blend: str = ""  # the name of a blend mode, where there are several
    tones: tuple[Step, ...] = ()
    harmonize: tuple[Step, ...] = ()
    shadow: tuple[Step, ...] = ()
    blend_values: dict[str, Any] = {}  # what the blend mode drew, where it depends on chance
    distractor: str = ""  # the name of its category, where it is pasted as a distractor


class Scene(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything decided about one output image; the order of placements is the z-order."""

    split: str
    index: int
    size: Size
    background: Background
    placements: tuple[Placement, ...]
    finish: tuple[Step, ...] = ()  # tones of the whole image, in order
    variant: str = ""  # the blend mode, where every scene is rendered in several


@dataclass(frozen=True, eq=False)
class Layer:
    """What one label value stands for: an annotation of the background, or a placement."""

    category_id: int  # below 0 of a distractor that gets no label
    full_area: int  # mask pixels on an unbounded canvas with nothing in front
    box: Box  # holds every visible pixel of the layer
    crowd: bool = False
    placement: int | None = None  # position in Scene.placements
    annotation_id: int | None = None  # of the background's annotation
    fields: Mapping[str, Any] = field(
        default_factory=dict
    )  # what the annotation carries, in the photo
    matrix: Matrix | None = None  # from the photo to the canvas, where something is carried


@dataclass(frozen=True, eq=False)
class Composite:
    """A rendered scene: label k stands for layers[k - 1]."""

    image: Image
    labels: Labels
    layers: tuple[Layer, ...]


@dataclass(frozen=True, eq=False)
class Annotation:
    """What is visible of one layer; ids are given when the dataset is written."""

    category_id: int
    mask: Mask  # of the pixels of `box`
    box: Box  # tight
    area: int
    crowd: bool
    visibility: float  # visible pixels as a fraction of all
    placement: int | None  # position in Scene.placements
    background_annotation_id: int | None
    fields: Carried = field(default_factory=dict)  # further keys of the record, such as keypoints


class Origin(NamedTuple):
    """Where the instance of a placement comes from."""

    photo: int
    annotation_id: int | None
    matrix: Matrix  # from the pixels of the photo to the canvas


@dataclass(frozen=True, eq=False)
class Sample:
    """One image of a dataset, as exporters take it."""

    file_name: str
    scene: Scene
    composite: Composite
    annotations: Sequence[Annotation]  # of what is visible, in z-order
    origins: Sequence[Origin]  # one for each placement of the scene
    unlabelled: Sequence[Annotation] = ()  # what is visible of distractors that get no label

    @property
    def image(self) -> Image:
        """Return the pixels, shape (H, W, 3)."""
        return self.composite.image

    @property
    def labels(self) -> Labels:
        """Return who owns which pixel, shape (H, W): 0 nobody, k the layer k of the composite."""
        return self.composite.labels

    @property
    def photos(self) -> list[int]:
        """The photos that can be seen, the background first, each once."""
        pasted = (origin.photo for origin in self.origins)
        return list(dict.fromkeys((self.scene.background.photo, *pasted)))
