"""How a photograph is looked at."""

from __future__ import annotations

import math
from typing import NamedTuple

GREY = 128
"""The padding of large-scale jitter, where nothing else is said."""


class View(NamedTuple):
    """A flip and a zoom of a photograph.

    Attributes
    ----------
    across, down : bool
        Whether left and right, or top and bottom, change places.
    zoom : float
        Above 1 a smaller part fills the canvas; below 1 a larger part is shown, and where the
        photograph ends, padding.
    padding : int
        Its grey level, from 0 to 255.
    """

    across: bool = False
    down: bool = False
    zoom: float = 1.0
    padding: int = GREY

    def is_possible(self) -> bool:
        return math.isfinite(self.zoom) and self.zoom > 0 and 0 <= self.padding <= 255

    def then(self, other: View) -> View:
        """Return this view looked at in another way."""
        padding = other.padding if other.zoom != 1 else self.padding
        return View(
            self.across != other.across, self.down != other.down, self.zoom * other.zoom, padding
        )
