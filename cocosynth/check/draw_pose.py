"""Draw the keypoints of an annotation, and the lines between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2

from cocosynth.check.draw import DARK
from cocosynth.coco.keypoints import LABELLED, VISIBLE, read_keypoints
from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Image


def skeleton_of(said: Any) -> list[tuple[int, int]]:
    """Return the lines of a skeleton that mean something: `validate` says more of the others.

    Returns
    -------
    list of (int, int)
        Pairs of keypoints, counted from 1.

    Examples
    --------
    >>> skeleton_of([[1, 2], [0, "x"]])
    [(1, 2)]
    """
    lines = said if isinstance(said, list) else []
    return [(line[0], line[1]) for line in lines if _is_line(line)]


def _is_line(line: Any) -> bool:
    ends = isinstance(line, list) and len(line) == 2
    return ends and all(type(end) is int and 0 < end < 10_000 for end in line)


def draw_pose(
    picture: Image,
    annotation: AnnotationRecord,
    skeleton: Sequence[tuple[int, int]],
    color: tuple[int, int, int],
    *,
    scale: float = 1.0,
    width: int = 1,
) -> None:
    """Draw keypoints, bright on dark: visible ones are filled, hidden ones are rings.

    What cannot be read, and what is not labelled, is not drawn.

    Parameters
    ----------
    picture : ndarray of uint8, shape (h, w, 3)
        Painted over.
    annotation : AnnotationRecord
    skeleton : sequence of (int, int)
        Pairs of keypoints, counted from 1.
    color : tuple of int
    scale : float
        How many times smaller or larger the picture is than the image.
    width : int
        Of the bright lines, in pixels.
    """
    try:
        points = read_keypoints(annotation)
    except UnusableError:
        return
    places = [
        (
            round((min(max(x, -1e6), 1e6) + 0.5) * scale),
            round((min(max(y, -1e6), 1e6) + 0.5) * scale),
        )
        for x, y, _ in points
    ]
    known = [point.visibility >= LABELLED for point in points]
    lines = [
        (places[one - 1], places[other - 1])
        for one, other in skeleton
        if max(one, other) <= len(points) and known[one - 1] and known[other - 1]
    ]
    for tone, thickness in ((DARK, width + 2), (color, width)):
        for start, end in lines:
            cv2.line(picture, start, end, tone, thickness, cv2.LINE_AA)
    for place, point in zip(places, points, strict=True):
        if point.visibility >= LABELLED:
            cv2.circle(picture, place, width + 2, DARK, -1, cv2.LINE_AA)
            filled = -1 if point.visibility == VISIBLE else width
            cv2.circle(picture, place, width + 1, color, filled, cv2.LINE_AA)
