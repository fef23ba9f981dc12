"""What objects are called, and the points that are known of them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Keypoint(NamedTuple):
    """A point of an object, in pixels as COCO counts them: (0, 0) is the centre of the first.

    Attributes
    ----------
    x, y : float
        0 where it is not labelled.
    visibility : int
        0: not labelled; 1: labelled, but hidden; 2: labelled and visible.
    """

    x: float
    y: float
    visibility: int


Keypoints = tuple[Keypoint, ...]  # in the order of the names of a category


class Category(msgspec.Struct, frozen=True, omit_defaults=True):
    """A category of the output dataset.

    Attributes
    ----------
    id : int
    name, supercategory : str
    keypoints : tuple of str
        Their names; empty where it has none.
    skeleton : tuple of (int, int)
        Pairs of keypoints, counted from 1.
    pairs : tuple of (str, str), optional
        Names of keypoints that change places in a mirror; None where the names themselves tell.
    """

    id: int
    name: str
    supercategory: str
    keypoints: tuple[str, ...] = ()
    skeleton: tuple[tuple[int, int], ...] = ()
    pairs: tuple[tuple[str, str], ...] | None = msgspec.field(
        default=None, name="keypoint_flip_map"
    )
