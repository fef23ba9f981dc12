"""Draw the keypoints of an annotation, and the lines between them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2

from cocosynth.coco.keypoints import LABELLED, VISIBLE, read_keypoints
from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Image

_BLACK = (0, 0, 0)
_RADIUS = 2


def draw_pose(
    picture: Image,
    annotation: AnnotationRecord,
    skeleton: Sequence[tuple[int, int]],
    color: tuple[int, int, int],
    *,
    scale: float,
) -> None:
    """Draw keypoints into a picture: visible ones are filled, hidden ones are rings.

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
    for one, other in skeleton:
        ends = (one - 1, other - 1)
        if all(0 <= end < len(points) and points[end].visibility >= LABELLED for end in ends):
            cv2.line(picture, places[ends[0]], places[ends[1]], color, 1, cv2.LINE_AA)
    for place, point in zip(places, points, strict=True):
        if point.visibility >= LABELLED:
            filled = point.visibility == VISIBLE
            cv2.circle(picture, place, _RADIUS + 1, _BLACK, -1 if filled else 1, cv2.LINE_AA)
            cv2.circle(picture, place, _RADIUS, color, -1 if filled else 1, cv2.LINE_AA)
