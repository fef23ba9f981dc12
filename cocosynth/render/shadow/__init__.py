"""Shadows: an object takes light from what lies below it; one file each.

A shadow falls on the canvas before its object is painted: on the background and on objects behind,
never on those in front, and it belongs to no label. Its values are drawn once for each image, as
the light is the same for all objects of a photograph.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import WrongAnswerError
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.registry import Kind
from cocosynth.core.values import Mask
from cocosynth.render.shadow.shade import Shade
from cocosynth.render.tones import checked_values

SHADOWS = LazyTable(__name__, {"contact": "Contact", "drop": "Drop"})


class Shadow(Protocol):
    """A random policy over shadows."""

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        """Draw the values of the shadows of an image, None for none.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this technique alone.

        Returns
        -------
        mapping of str to plain values, or None
            Numbers, words and lists of them, as JSON knows them.
        """

    def cast(self, mask: Mask, values: Mapping[str, Any]) -> Shade:
        """Return the shadow of an object.

        Parameters
        ----------
        mask : ndarray of bool, shape (h, w)
            Of the object; not to be changed.
        values : mapping
            As drawn.

        Returns
        -------
        Shade
            How dark it is, ``uint8`` of shape (h, w), and the row and the column where that begins,
            seen from the mask.
        """


def checked_shade(cast: Callable[..., Any], mask: Mask, values: Mapping[str, Any]) -> Shade:
    """Call `cast` of a class of the user's own, and check what it gives."""
    shade = cast(mask.copy(), values)
    try:
        darkness, row, col = shade
        fits = isinstance(darkness, np.ndarray) and darkness.ndim == 2
        if fits and darkness.dtype == np.uint8:
            return Shade(np.ascontiguousarray(darkness), int(row), int(col))
    except (TypeError, ValueError):
        pass
    raise WrongAnswerError("darkness (uint8 of two dimensions), row and column", shade)


SHADOW: Kind[tuple[Shadow, ...]] = Kind(
    "shadow",
    "The shadows of objects.",
    SHADOWS,
    {"sample": checked_values, "cast": checked_shade},
    many=True,
    alone=True,
)
"""The shadows of a build, cast by every object."""
