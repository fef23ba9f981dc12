"""Keypoints: they move with their object, and know when they cannot be seen.

In a source they are in the pixels of its photograph, in a composed image in those of the canvas.
COCO counts pixels here: (0, 0) is the centre of the first one, a corner of which it is elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import is_seen_from_the_front, mirrors, moved
from cocosynth.core.values import Box, Category, Keypoint, Keypoints, Matrix, Size

UNLABELLED, LABELLED, VISIBLE = 0, 1, 2
"""Visibility of a keypoint in COCO."""

NOWHERE = Keypoint(0, 0, UNLABELLED)

_FARTHEST = 1e9  # pixels; farther lies no number that means one

_CENTRE = 0.5  # the place of a pixel's centre in continuous coordinates


def read_keypoints(annotation: AnnotationRecord | None) -> Keypoints:
    """Read the keypoints of an annotation; none where not one is labelled.

    Raises
    ------
    UnusableError
        If they are malformed.
    """
    if annotation is None or bytes(annotation.keypoints) == b"null":
        return ()
    try:
        value = msgspec.json.decode(annotation.keypoints)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableError("keypoints cannot be read") from None
    if not isinstance(value, list) or len(value) % 3:
        raise UnusableError("keypoints are not x, y, visibility of each")
    return checked_keypoints([value[i : i + 3] for i in range(0, len(value), 3)])


def checked_keypoints(points: Any) -> Keypoints:
    """Check keypoints, each a list of x, y and visibility; none where not one is labelled.

    Raises
    ------
    UnusableError
        If they are none.
    """
    if not isinstance(points, list) or not all(isinstance(p, list) and len(p) == 3 for p in points):
        raise UnusableError("keypoints are not x, y, visibility of each")
    if not all(type(n) in (int, float) and abs(n) <= _FARTHEST for p in points for n in p):
        raise UnusableError("keypoints hold what is not a number")
    if any(visibility not in (UNLABELLED, LABELLED, VISIBLE) for _, _, visibility in points):
        raise UnusableError("keypoints have a visibility other than 0, 1 or 2")
    found = tuple(Keypoint(x, y, int(visibility)) for x, y, visibility in points)
    return found if labelled(found) else ()


def labelled(points: Iterable[Keypoint]) -> int:
    """Count the keypoints that are labelled: ``num_keypoints`` of COCO."""
    return sum(point.visibility > UNLABELLED for point in points)


def shown_keypoints(
    points: Keypoints,
    *,
    category: Category,
    matrix: Matrix | None,
    within: Box,
    hidden: Callable[[int, int], bool],
) -> Keypoints:
    """Return the keypoints of an object in a composed image.

    A keypoint that something pasted later covers is labelled, but not visible; one that is outside
    of the image is not labelled. Where the object is mirrored, left and right change places.

    Parameters
    ----------
    points : tuple of Keypoint
        In the coordinates of the photo; none where nothing is labelled.
    category : Category
    matrix : three rows of three floats
        From the photo to the canvas; not needed where there are no points.
    within : Box
        The part of the canvas that can show the object.
    hidden : callable
        Says of a row and a column whether something pasted later covers the object there.

    Returns
    -------
    tuple of Keypoint
        One for each name of the category; empty where that has none.
    """
    if len(points) != len(category.keypoints) or matrix is None:
        return (NOWHERE,) * len(category.keypoints)
    found = [_shown(point, matrix, within, hidden) for point in points]
    if mirrors(matrix):
        return tuple(found[other] for other in swapped(category.keypoints, category.pairs))
    return tuple(found)


def _shown(
    point: Keypoint, matrix: Matrix, within: Box, hidden: Callable[[int, int], bool]
) -> Keypoint:
    centre = (point.x + _CENTRE, point.y + _CENTRE)
    if point.visibility == UNLABELLED or not is_seen_from_the_front(centre, matrix):
        return NOWHERE
    x, y = moved(centre, matrix)
    if not (within.top <= y < within.bottom and within.left <= x < within.right):
        return NOWHERE
    visibility = LABELLED if hidden(int(y), int(x)) else point.visibility
    return Keypoint(_pixel(x, within.left), _pixel(y, within.top), visibility)


def _pixel(place: float, first: int) -> float:
    """Count as COCO does; the outer half of a pixel at the border becomes its centre."""
    return max(round(place - _CENTRE, 2), float(first))


def within_photo(points: Keypoints, size: Size) -> Keypoints:
    """Return keypoints without those that lie outside of their photo: it does not show them."""
    height, width = size
    found = tuple(
        point if -_CENTRE <= point.x < width and -_CENTRE <= point.y < height else NOWHERE
        for point in points
    )
    return found if labelled(found) else ()


def swapped(names: Sequence[str], pairs: Sequence[tuple[str, str]] | None = None) -> list[int]:
    """Return, for each keypoint, the one that takes its place in a mirror.

    Parameters
    ----------
    names : sequence of str
    pairs : sequence of (str, str), optional
        Which change places; by default those that the names tell, as ``left_eye`` and
        ``right_eye``.

    Examples
    --------
    >>> swapped(["nose", "left_eye", "right_eye"])
    [0, 2, 1]
    >>> swapped(["nose", "near", "far"], [("near", "far")])
    [0, 2, 1]
    """
    places = {name: place for place, name in enumerate(names)}
    if pairs is None:
        return [places.get(_other_side(name), place) for place, name in enumerate(names)]
    others = {one: other for pair in pairs for one, other in (pair, pair[::-1])}
    return [places.get(others.get(name, name), place) for place, name in enumerate(names)]


def _other_side(name: str) -> str:
    for one, other in (("left", "right"), ("right", "left")):
        if name.startswith(f"{one}_"):
            return other + name[len(one) :]
        if name.endswith(f"_{one}"):
            return name[: -len(one)] + other
    return name
