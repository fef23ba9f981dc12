"""The values that travel between modules; only other values are imported here.

Pixels are (row, col), sizes (height, width), boxes half-open. In matrices a point is (x, y, 1) in
continuous coordinates: pixel (row, col) covers the unit square from (x, y) = (col, row), so its
centre is at (col + 0.5, row + 0.5) and a flip of a w pixels wide image is exactly x -> w - x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.box import Box as Box
from cocosynth.core.box import Size as Size
from cocosynth.core.category import Category as Category
from cocosynth.core.category import Keypoint as Keypoint
from cocosynth.core.category import Keypoints as Keypoints
from cocosynth.core.photo import AS_IT_IS as AS_IT_IS
from cocosynth.core.photo import License as License
from cocosynth.core.photo import Photo as Photo
from cocosynth.core.photo import Reading as Reading

Image = NDArray[np.uint8]  # (h, w, 3) RGB
Bgr = NDArray[np.uint8]  # (h, w, 3), in the order in which files are decoded and encoded
Rgba = NDArray[np.uint8]  # (h, w, 4) RGB and alpha, not premultiplied
Alpha = NDArray[np.uint8]  # (h, w)
Mask = NDArray[np.bool_]  # (h, w)
Labels = NDArray[np.uint16]  # (H, W), 0 is background, k is layer k
Homography = NDArray[np.float64]  # (3, 3), acts on (x, y, 1)
Row = tuple[float, float, float]
Matrix = tuple[Row, Row, Row]  # a homography in plain floats, as it is written down
Octagon = Sequence[tuple[int, int]]  # corners (x, y) of a polygon that holds a mask

ALPHA_THRESHOLD = 128
"""A pixel belongs to a layer where the layer's alpha is at least this."""


MAX_PIXELS = 120_000_000
"""The largest image read or made: above what cameras take, below what eats a machine's memory."""


class Borders(NamedTuple):
    """Which borders of its source image cut an instance."""

    top: bool = False
    left: bool = False
    bottom: bool = False
    right: bool = False


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
    keypoints: Keypoints = ()  # in the source image; empty where none is labelled
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
    reduction : int
        How many times smaller than it is the photo was decoded.
    """

    photo: int
    crop: Box
    flip: Flipped = ""
    place: Box | None = None
    padding: int = 0
    reduction: int = 1

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


class FullMask(NamedTuple):
    """What the canvas would show of an object if nothing were in front of it."""

    mask: Mask  # of the pixels of `box`
    box: Box  # tight


class Layer(msgspec.Struct, frozen=True, eq=False):
    """What one label value stands for: an annotation of the background, or a placement."""

    category_id: int  # below 0 of a distractor that gets no label
    full_area: int  # mask pixels on an unbounded canvas with nothing in front
    box: Box  # holds every visible pixel of the layer
    crowd: bool = False
    placement: int | None = None  # position in Scene.placements
    annotation_id: int | None = None  # of the background's annotation
    keypoints: Keypoints = ()  # in the photo; empty where none is labelled
    matrix: Matrix | None = None  # from the photo to the canvas, where there are keypoints
    shown_in: Box | None = None  # the part of the canvas that can show it; None for all of it
    inside_area: int = 0  # mask pixels on the canvas with nothing in front
    truncated: bool = False  # an edge of the canvas, or of its own photo, cuts it
    blend: str = ""  # the mode in which it was pasted
    full: FullMask | None = None  # where it is asked for


@dataclass(frozen=True, eq=False)
class Composite:
    """A rendered scene: label k stands for layers[k - 1].

    Its pixels go from the decoder to the encoder in the order of these; RGB is made where wanted.
    """

    bgr: Bgr
    labels: Labels
    layers: tuple[Layer, ...]

    @cached_property
    def image(self) -> Image:
        """Return the pixels, shape (H, W, 3), RGB."""
        import cv2  # this module imports values only

        image: Image = cv2.cvtColor(self.bgr, cv2.COLOR_BGR2RGB) if self.bgr.size else self.bgr
        return image


class Annotation(msgspec.Struct, frozen=True, eq=False):
    """What is visible of one layer; ids are given when the dataset is written.

    Attributes
    ----------
    category_id : int
    mask : ndarray of bool, shape (h, w)
        Of the pixels of `box`.
    box : Box
        Tight.
    area : int
        Pixels of the mask.
    crowd : bool
    visibility : float
        Visible pixels as a fraction of all.
    placement : int, optional
        Position in `Scene.placements`; None for an annotation of the background.
    background_annotation_id : int, optional
        Its id in the source of the background.
    keypoints : tuple of Keypoint
        In the canvas: one for each name in `Category.keypoints`, not labelled where the source
        labels none; empty where the category has none.
    occluded : bool
        Another layer hides a part of it.
    truncated : bool
        An edge of the canvas, or of the photo that it is from, cuts it.
    z_order : int
        Later layers lie on top; the first is 1.
    blend : str
        The mode in which it was pasted; empty for an annotation of the background.
    full : FullMask, optional
        Its amodal mask, of pasted objects, where `export.amodal` asks for it.
    bbox : tuple of float, optional
        Left, top, width and height as a file has recorded them; None for those of `box`.
    masked : bool
        False where nothing is known but a box: `mask` is all of it.
    """

    category_id: int
    mask: Mask
    box: Box
    area: int
    crowd: bool
    visibility: float
    placement: int | None
    background_annotation_id: int | None
    keypoints: Keypoints = ()
    occluded: bool = False
    truncated: bool = False
    z_order: int = 0
    blend: str = ""
    full: FullMask | None = None
    bbox: tuple[float, float, float, float] | None = None
    masked: bool = True
