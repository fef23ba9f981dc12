"""Boxes that do not fit their images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

BEYOND_IMAGE = 1.0
"""Pixels that a box may reach beyond its image: rounding, not a fault."""

Floats = NDArray[np.float64]
Finding = tuple[int, str, str]  # row, rule, message


def box_findings(boxes: Floats, sizes: Floats, *, tolerance: float) -> Iterator[Finding]:
    """Yield what is wrong with some boxes.

    Parameters
    ----------
    boxes : ndarray, shape (n, 4)
        COCO boxes: x, y, width, height.
    sizes : ndarray, shape (n, 2)
        Height and width of the image of each; NaN where they are not known.
    tolerance : float
        How many pixels a box may reach beyond its image.
    """
    for row in np.flatnonzero((boxes[:, 2:] == 0).any(axis=1)):
        yield int(row), "bbox-empty", f"{boxes[row].tolist()} encloses nothing"
    bounds = sizes[:, ::-1]
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = np.maximum(-boxes[:, :2], boxes[:, :2] + boxes[:, 2:] - bounds).max(axis=1)
    for row in np.flatnonzero(beyond > tolerance):
        width, height = bounds[row].tolist()
        text = f"{boxes[row].tolist()} in an image {width:.0f} x {height:.0f}"
        if may_be_corners(boxes[row], bounds[row], tolerance):
            yield int(row), "bbox-corners", f"{text} fits as [x1, y1, x2, y2], not as written"
        else:
            yield int(row), "bbox-outside-image", f"{text} reaches {beyond[row]:.6g} px beyond it"


def may_be_corners(box: Floats, bound: Floats, tolerance: float) -> bool:
    """Say whether the last two numbers of a box make sense as its lower right corner."""
    return bool((box[:2] >= -tolerance).all() and (box[2:] > box[:2]).all()
                and (box[2:] <= bound + tolerance).all())  # fmt: skip
