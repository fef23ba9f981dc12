"""The values that travel between modules; nothing of ours is imported here.

Pixels are (row, col), sizes (height, width), boxes half-open. In matrices a point is (x, y, 1) in
continuous coordinates: pixel (row, col) covers the unit square from (x, y) = (col, row), so its
centre is at (col + 0.5, row + 0.5) and a flip of a w pixels wide image is exactly x -> w - x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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
Outline = Sequence[tuple[int, int]]  # corners (x, y) of a polygon that holds a mask
Size = tuple[int, int]  # (height, width)

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
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def clipped(self, size: Size) -> Box:
        """Return the part of the box inside an image of this size; it may be empty."""
        height, width = size
        top, left = min(max(self.top, 0), height), min(max(self.left, 0), width)
        return Box(top, left, max(top, min(self.bottom, height)), max(left, min(self.right, width)))

    def moved(self, rows: int, cols: int) -> Box:
        return Box(self.top + rows, self.left + cols, self.bottom + rows, self.right + cols)


class Borders(NamedTuple):
    """Which borders of its source image cut an instance."""

    top: bool = False
    left: bool = False
    bottom: bool = False
    right: bool = False


class Category(msgspec.Struct, frozen=True):
    """A category of the output dataset."""

    id: int
    name: str
    supercategory: str


class License(msgspec.Struct, frozen=True):
    """The terms a photograph comes under."""

    name: str
    url: str


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


@dataclass(frozen=True, eq=False)
class Instance:
    """One object cut out of a source image, with a margin of transparent pixels around it."""

    rgba: Rgba
    category: str
    annotation_id: int | None
    box: Box  # of `rgba`, margin included, in the source image
    area: int  # mask pixels in the source image
    borders: Borders
    outline: Outline  # of the mask in `rgba`


class Background(msgspec.Struct, frozen=True):
    """The chosen canvas: a crop of a photo, resized to the canvas."""

    photo: int
    crop: Box


class Placement(msgspec.Struct, frozen=True):
    """One paste: which instance, and where its pixels go in the canvas."""

    instance: int
    matrix: Matrix


class Scene(msgspec.Struct, frozen=True):
    """Everything decided about one output image; the order of placements is the z-order."""

    split: str
    index: int
    size: Size
    background: Background
    placements: tuple[Placement, ...]


@dataclass(frozen=True, eq=False)
class Layer:
    """What one label value stands for: an annotation of the background, or a placement."""

    category_id: int
    full_area: int  # mask pixels on an unbounded canvas with nothing in front
    box: Box  # holds every visible pixel of the layer
    crowd: bool = False
    placement: int | None = None  # position in Scene.placements
    annotation_id: int | None = None  # of the background's annotation


@dataclass(frozen=True, eq=False)
class Composite:
    """A rendered scene: label k stands for layers[k - 1]."""

    image: Image
    labels: Labels
    layers: tuple[Layer, ...]


class Annotation(msgspec.Struct, frozen=True):
    """What is visible of one layer; ids are given when the dataset is written."""

    category_id: int
    bbox: tuple[int, int, int, int]
    area: int
    iscrowd: int
    segmentation: Any
    visibility: float
    placement: int | None
    background_annotation_id: int | None


@dataclass(frozen=True)
class Problem:
    """Something found in a dataset: the rule it breaks, where, and what is the matter."""

    rule: str
    where: str
    message: str
    severity: str = "error"


class Record(msgspec.Struct, frozen=True):
    """What is left to say of an image once its pixels are written; ids are given at the end."""

    file_name: str
    scene: Scene
    annotations: list[Annotation]
