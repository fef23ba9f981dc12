"""Where the edges of an instance that a border of its source cut are once it is transformed."""

from __future__ import annotations

from collections.abc import Sequence

from cocosynth.core.geometry import moved
from cocosynth.core.values import Matrix, Size
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.scenes.placement.candidate import Side

Point = tuple[float, float]

_EDGES: tuple[tuple[Point, Point], ...] = (
    # the ends of the top, left, bottom and right edge, clockwise, in the unit square
    ((0, 0), (1, 0)),
    ((0, 1), (0, 0)),
    ((1, 1), (0, 1)),
    ((1, 0), (1, 1)),
)


def cuts_of(size: Size, borders: Sequence[bool], matrix: Matrix) -> tuple[tuple[Side, float], ...]:
    """Find the side that each cut edge faces, and how far into the mask it reaches there.

    Parameters
    ----------
    size : tuple of int
        Height and width of the instance, its margin included.
    borders : sequence of bool
        Whether its top, left, bottom and right edge is cut.
    matrix : three rows of three floats
        From the pixels of the instance to those of the warped mask.

    Returns
    -------
    tuple of (side, float)
        As `Candidate.cuts` has them.
    """
    if not any(borders):
        return ()
    turn = 1 if _is_clockwise(size, matrix) else -1
    cuts: list[tuple[Side, float]] = []
    for edge, cut in zip(_EDGES, borders, strict=True):
        if cut:
            (x0, y0), (x1, y1) = (_corner(end, size, matrix) for end in edge)
            across, down = turn * (y1 - y0), turn * (x0 - x1)  # the way out, square to the edge
            if abs(across) >= abs(down):
                cuts.append(("left", max(x0, x1)) if across < 0 else ("right", min(x0, x1)))
            else:
                cuts.append(("top", max(y0, y1)) if down < 0 else ("bottom", min(y0, y1)))
    return tuple(cuts)


def _corner(place: Point, size: Size, matrix: Matrix) -> Point:
    """Return where a point of the unit square goes, which stands for the object itself."""
    height, width = size[0] - 2 * MARGIN, size[1] - 2 * MARGIN
    return moved((MARGIN + width * place[0], MARGIN + height * place[1]), matrix)


def _is_clockwise(size: Size, matrix: Matrix) -> bool:
    """Whether corners that go clockwise still do: the instance is not mirrored."""
    (x0, y0), (x1, y1), (x2, y2) = (_corner(c, size, matrix) for c in ((0, 0), (1, 0), (0, 1)))
    return (x1 - x0) * (y2 - y0) > (x2 - x0) * (y1 - y0)
