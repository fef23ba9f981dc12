"""How large an instance is to be, and where it is to stand, decided before it is warped."""

from __future__ import annotations

from typing import NamedTuple


class Stance(NamedTuple):
    """What a placement with a method `stand` answers.

    Attributes
    ----------
    size : float
        The root of what the box of the instance covers of the canvas, before it is turned or
        sheared, in pixels.
    row : float
        Where its lower edge is to be in the canvas.
    col : float
        Where the middle of its box is to be, for a placement that decides it.
    mirrored : bool
        Whether left and right change places.
    """

    size: float
    row: float
    col: float = 0.0
    mirrored: bool = False
