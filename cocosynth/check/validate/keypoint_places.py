"""Where keypoints lie: in their images and boxes, or beside them all in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cocosynth.check.validate.columns import Flags, Floats, Ints

ROUNDING = 1.0
"""Pixels that a keypoint may lie outside its image."""

FAR = 2.0
"""Sides of its box that a keypoint may lie outside it; in COCO 2017 it is less than one."""

FAR_PIXELS = 10.0
"""Pixels that it may lie farther out than that, however small the box."""

_MOST = 0.9
"""The share of annotations that a reading of a whole file must fit."""

_FEW = 3
"""Annotations that a shift needs to be seen in."""

Misplaced = tuple[str, Ints, Callable[[int], str]]  # rule, rows, message


class Places(NamedTuple):
    """A row for each annotation that has labelled keypoints.

    Attributes
    ----------
    position, ids, image, category : ndarray of int64
        As in `Columns`.
    bounds : ndarray, shape (n, 4)
        Left, top, right and bottom of the labelled keypoints.
    box : ndarray, shape (n, 4)
        Left, top, right and bottom.
    size : ndarray, shape (n, 2)
        Height and width of the image.
    """

    position: Ints
    ids: Ints
    image: Ints
    category: Ints
    bounds: Floats
    box: Floats
    size: Floats


def joined(parts: Sequence[Places]) -> Places:
    """Put places one below the other."""
    return Places(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def reading_of(places: Places) -> tuple[str, str] | None:
    """Say how the keypoints of a whole file lie, where all lie wrong alike: rule and message."""
    count = len(places.position)
    low, high = places.bounds[:, :2], places.bounds[:, 2:]
    pixels = (places.box[:, 2:] - places.box[:, :2]).max(axis=1) > 2
    if (low >= 0).all() and (high <= 1).all() and (high > 0).any() and pixels.all():
        return "keypoints-normalized", f"all of {count} annotations lie in 0 to 1"
    if count < _FEW or np.mean(_within(places.bounds, places.box)) >= 0.5:
        return None
    relative = places.bounds + np.tile(places.box[:, :2], 2)
    if np.mean(_within(relative, places.box)) >= _MOST:
        return "keypoints-shifted", f"those of {count} annotations fit if counted from their boxes"
    centres = (low + high) / 2 - (places.box[:, :2] + places.box[:, 2:]) / 2
    shift = np.median(centres, axis=0)
    if np.mean(_within(places.bounds - np.tile(shift, 2), places.box)) >= _MOST:
        text = f"those of {count} annotations fit if moved by {-shift[0]:.0f}, {-shift[1]:.0f} px"
        return "keypoints-shifted", text
    return None


def misplaced(places: Places) -> Iterator[Misplaced]:
    """Yield the keypoints that lie outside their image, or far outside their box."""
    low, high = places.bounds[:, :2], places.bounds[:, 2:]
    outside = np.maximum(-low, high - places.size[:, ::-1]).max(axis=1) > ROUNDING

    def place(row: int) -> str:
        left, top, right, bottom = places.bounds[row]
        return f"labelled ones from {left:g}, {top:g} to {right:g}, {bottom:g}"

    def against_image(row: int) -> str:
        height, width = places.size[row]
        return f"{place(row)} in an image {width:.0f} x {height:.0f}"

    def against_box(row: int) -> str:
        left, top, right, bottom = places.box[row]
        return f"{place(row)}; the box goes from {left:g}, {top:g} to {right:g}, {bottom:g}"

    yield "keypoint-outside-image", np.flatnonzero(outside), against_image
    far = ~outside & ~_within(places.bounds, places.box, slack=FAR)
    yield "keypoint-far-from-box", np.flatnonzero(far), against_box


def _within(bounds: Floats, box: Floats, *, slack: float = 0.2) -> Flags:
    """Say which keypoints lie in their box, or outside by a part of its side at most."""
    sides = box[:, 2:] - box[:, :2]
    beyond = np.maximum(box[:, :2] - bounds[:, :2], bounds[:, 2:] - box[:, 2:])
    allowed = slack * sides + (FAR_PIXELS if slack >= 1 else 1.0)
    return np.asarray((beyond <= allowed).all(axis=1))
