"""Harmonisations: an object takes on light, focus and grain of its surroundings; one file each.

A harmonisation has two halves, as a tone has: planning draws its values, which stand in the scene,
rendering applies them. What is measured is the background alone, before anything is pasted, so
that no object depends on another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import WrongAnswerError
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.registry import Kind
from cocosynth.core.values import Image, Mask
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.tones import checked_values

HARMONIZERS = LazyTable(
    __name__,
    {
        "color_transfer": "ColorTransfer",
        "focus": "Focus",
        "grain": "Grain",
        "grayscale": "GrayscaleLikeBackground",
        "histogram": "Histogram",
    },
)


class Harmonizer(Protocol):
    """A random policy over changes of colour that depend on the surroundings of the place.

    A class attribute `looks_at` is ``"neighbours"`` where the new colour of a pixel depends on
    those around it: pixels outside of the mask then have the colours of the object's edge. Without
    it they may have any.
    """

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        """Draw the values of the change, None for no change.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this technique alone.

        Returns
        -------
        mapping of str to plain values, or None
            Numbers, words and lists of them, as JSON knows them.
        """

    def apply(
        self, colors: Image, mask: Mask, around: Surroundings, values: Mapping[str, Any]
    ) -> Image:
        """Change the colours of an object.

        Parameters
        ----------
        colors : ndarray of uint8, shape (h, w, 3)
            Not to be changed.
        mask : ndarray of bool, shape (h, w)
            Where the object is; nothing else counts.
        around : Surroundings
            What the object is made to look like.
        values : mapping
            As drawn; with the pixels they alone decide what comes out.

        Returns
        -------
        ndarray of uint8, shape (h, w, 3)
            A new array.
        """


def checked_harmony(
    apply: Callable[..., Any],
    colors: Image,
    mask: Mask,
    around: Surroundings,
    values: Mapping[str, Any],
) -> Image:
    """Call `apply` of a class of the user's own, and check what it gives."""
    own = Surroundings(around.image.copy(), around.frame.copy())
    changed = apply(colors.copy(), mask.copy(), own, values)
    fits = isinstance(changed, np.ndarray) and changed.shape == colors.shape
    if not (fits and changed.dtype == np.uint8):
        raise WrongAnswerError(f"uint8 of shape {colors.shape}", changed)
    return changed


HARMONIZE: Kind[tuple[Harmonizer, ...]] = Kind(
    "harmonize",
    "How an object takes on the looks of its surroundings, in order.",
    HARMONIZERS,
    {"sample": checked_values, "apply": checked_harmony},
    many=True,
)
"""The harmonisations of a build, applied to every object."""
