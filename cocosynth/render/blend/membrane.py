"""Poisson's equation on the pixels of a mask, by conjugate gradients and multigrid.

The pixels beside the mask are given. Beyond the border of the canvas there is nothing: a pixel
there has fewer neighbours, and no value is made up for those that it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.errors import CannotBlendError
from cocosynth.core.values import Mask

Field = NDArray[np.float32]  # (h, w, 3)

_CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.float32)
_DAMPING = 0.8  # of Jacobi's steps
_COARSE = 0.75  # the share of a block of pixels from which on it is solved for
_SMALLEST = 4  # pixels of a side that is not halved any more
_LAST = 12  # steps on the coarsest grid
_EXACT = 0.2  # grey levels, by the estimate of a cycle
_SURE = 3  # cycles that are as exact, after which even a strained solution is
_MOST = 40  # iterations


class _Grid(NamedTuple):
    """One resolution.

    Attributes
    ----------
    inside : ndarray, shape (h, w, 3)
        1 where a value is looked for, 0 elsewhere.
    degree : ndarray, shape (h, w, 3)
        How many neighbours each pixel has.
    step : ndarray, shape (h, w, 3)
        What a residual is multiplied by in a step of Jacobi.
    """

    inside: Field
    degree: Field
    step: Field

    def rest(self, values: Field, right: Field) -> Field:
        """Return by how much the equation is missed: ``right - A values``."""
        return (right - self.degree * values + neighbors(values)) * self.inside


def neighbors(values: Field) -> Field:
    """Return the sum over the four neighbours of each pixel."""
    summed: Field = cv2.filter2D(values, -1, _CROSS, borderType=cv2.BORDER_CONSTANT)
    return summed


def solve(inside: Mask, right: Field) -> Field:
    """Solve ``n u(p) - sum of u over the neighbours of p in the mask = right(p)`` for each p there.

    `n` is the number of neighbours of p within the canvas.

    Parameters
    ----------
    inside : ndarray of bool, shape (h, w)
        The mask; it must leave a pixel out. Where it touches the border of the array the canvas
        ends.
    right : ndarray of float32, shape (h, w, 3)

    Returns
    -------
    ndarray of float32, shape (h, w, 3)
        0 outside of the mask; right to about half a unit.

    Raises
    ------
    CannotBlendError
        If the iterations do not come to an end.
    """
    grids = _grids(inside)
    fine = grids[0]
    rest = right * fine.inside
    values, way, last, old, close = np.zeros_like(rest), None, rest, 1.0, 0
    for _ in range(_MOST):
        guess = _cycle(grids, rest)
        left = float(np.abs(guess).max())
        close += left < _EXACT
        if left * _strain(values) < _EXACT or close == _SURE:
            return values + guess
        gain = 0.0 if way is None else max(0.0, _dot(guess, rest - last) / old)
        way = guess if way is None else guess + np.float32(gain) * way
        image = -fine.rest(way, np.zeros_like(way))
        length = np.float32(_dot(rest, way) / max(_dot(way, image), 1e-12))
        values += length * way
        old, last, rest = max(_dot(guess, rest), 1e-12), rest, rest - length * image
    raise CannotBlendError("Poisson's equation was not solved in time")


def _strain(values: Field) -> float:
    """Return by how much a guess may fall short: values beyond any picture hang on few pixels."""
    return min(max(float(np.abs(values).max()) / 255, 1.0), 4.0)


def _dot(first: Field, second: Field) -> float:
    return float(np.dot(first.ravel(), second.ravel()))


def _grids(inside: Mask) -> list[_Grid]:
    """Return the grids from fine to coarse: two by two pixels become one, at an odd end fewer."""
    here = inside.astype(np.float32)
    grids = [_grid(here)]
    while here.any() and min(here.shape) > _SMALLEST:
        share = _halved(here, cv2.BORDER_REPLICATE)
        here = (share >= _COARSE).astype(np.float32)
        grids.append(_grid(here))
    return grids


def _grid(here: NDArray[np.float32]) -> _Grid:
    """Return a grid; its ends are those of the canvas, as nothing else lies at an end."""
    count = np.full(here.shape, 4, dtype=np.float32)
    for end in (count[0], count[-1], count[:, 0], count[:, -1]):
        end -= 1
    count = np.maximum(count, 1)
    planes = here, count, here * (_DAMPING / count)
    return _Grid(*(cv2.merge([plane] * 3) for plane in planes))


def _halved(values: NDArray[np.float32], border: int) -> NDArray[np.float32]:
    """Return the means of blocks of two by two, the border made up where a side is odd."""
    height, width = values.shape[:2]
    even = cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, border)
    half = (even.shape[1] // 2, even.shape[0] // 2)
    return cv2.resize(even, half, interpolation=cv2.INTER_AREA)


def _cycle(grids: Sequence[_Grid], right: Field) -> Field:
    """Return about what solves the equation: one V-cycle of multigrid."""
    grid = grids[0]
    values = grid.step * right
    if len(grids) == 1:
        for _ in range(_LAST):
            values += grid.step * grid.rest(values, right)
        return values
    height, width = right.shape[:2]
    rest = _halved(grid.rest(values, right), cv2.BORDER_CONSTANT)
    coarse = _cycle(grids[1:], 4 * rest * grids[1].inside)
    size = (2 * coarse.shape[1], 2 * coarse.shape[0])
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    values += grid.inside * fine
    values += grid.step * grid.rest(values, right)
    return values
