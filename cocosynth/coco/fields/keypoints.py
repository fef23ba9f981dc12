"""Keypoints: they move with their object, and know when they cannot be seen."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import moved
from cocosynth.core.values import Category, Matrix, Size

UNLABELLED, LABELLED, VISIBLE = 0, 1, 2
"""Visibility of a keypoint in COCO."""

_CENTRE = 0.5  # COCO counts pixels here: the place of one is its first corner


class Keypoints:
    """The keys ``keypoints`` and ``num_keypoints`` of COCO.

    A keypoint that something pasted later covers is labelled, but not visible; one outside of the
    canvas is not labelled. Where the object is mirrored, left and right change places, by the names
    that the category gives: ``left_eye`` and ``right_eye``.
    """

    def read(self, value: Any) -> list[float] | None:
        if not isinstance(value, list) or len(value) % 3:
            raise UnusableError("keypoints are not x, y, visibility of each")
        if not all(type(number) in (int, float) and math.isfinite(number) for number in value):
            raise UnusableError("keypoints hold what is not a number")
        if any(visibility not in (UNLABELLED, LABELLED, VISIBLE) for visibility in value[2::3]):
            raise UnusableError("keypoints have a visibility other than 0, 1 or 2")
        return value if any(value[2::3]) else None

    def show(
        self,
        value: Sequence[float],
        *,
        category: Category,
        matrix: Matrix,
        size: Size,
        hidden: Callable[[int, int], bool],
    ) -> Mapping[str, Any]:
        if len(value) != 3 * len(category.keypoints):
            return {}
        points = [_shown(value[i : i + 3], matrix, size, hidden) for i in range(0, len(value), 3)]
        if _mirrors(matrix):
            points = [points[other] for other in swapped(category.keypoints)]
        return {
            "keypoints": [number for point in points for number in point],
            "num_keypoints": sum(visibility > UNLABELLED for _, _, visibility in points),
        }


def _shown(
    point: Sequence[float], matrix: Matrix, size: Size, hidden: Callable[[int, int], bool]
) -> tuple[float, float, int]:
    x, y, visibility = point
    if visibility == UNLABELLED:
        return 0, 0, UNLABELLED
    across, down = moved((x + _CENTRE, y + _CENTRE), matrix)
    if not (0 <= down < size[0] and 0 <= across < size[1]):
        return 0, 0, UNLABELLED
    covered = hidden(int(down), int(across))
    seen = LABELLED if covered else int(visibility)
    return round(across - _CENTRE, 2), round(down - _CENTRE, 2), seen


def _mirrors(matrix: Matrix) -> bool:
    """Say whether a matrix turns left into right (at the origin, for a perspective)."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return determinant * i < 0


def swapped(names: Sequence[str]) -> list[int]:
    """Return, for each keypoint, the one that takes its place in a mirror.

    Examples
    --------
    >>> swapped(["nose", "left_eye", "right_eye"])
    [0, 2, 1]
    """
    places = {name: place for place, name in enumerate(names)}
    return [places.get(_other_side(name), place) for place, name in enumerate(names)]


def _other_side(name: str) -> str:
    for one, other in (("left", "right"), ("right", "left")):
        if name.startswith(f"{one}_"):
            return other + name[len(one) :]
        if name.endswith(f"_{one}"):
            return name[: -len(one)] + other
    return name
