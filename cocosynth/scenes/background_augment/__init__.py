"""Changes of a background, with its annotations; one file each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import WrongAnswerError
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.registry import Kind
from cocosynth.core.values import Size
from cocosynth.scenes.background_augment.view import View

BACKGROUND_AUGMENTATIONS = LazyTable(__name__, {"flip": "Flip", "zoom": "Zoom"})


class BackgroundAugmentation(Protocol):
    """A random policy over views of a photograph."""

    def sample(self, rng: np.random.Generator, *, photo: Size, canvas: Size) -> View | None:
        """Draw a view.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this step alone.
        photo, canvas : tuple of int
            Height and width of the photograph and of the output image.

        Returns
        -------
        View or None
            None changes nothing. Zooms of several steps are multiplied.
        """


def _checked_view(
    sample: Callable[..., Any], rng: np.random.Generator, *, photo: Size, canvas: Size
) -> View | None:
    """Call `sample` of a class of the user's own, and check what it gives."""
    view = sample(rng, photo=photo, canvas=canvas)
    if view is None or (isinstance(view, View) and view.is_possible()):
        return view
    raise WrongAnswerError("None or a View with a zoom above 0 and a grey level as padding", view)


BACKGROUND_AUGMENT: Kind[tuple[BackgroundAugmentation, ...]] = Kind(
    "augment_background",
    "Changes of each background and of its annotations, before anything is pasted.",
    BACKGROUND_AUGMENTATIONS,
    {"sample": _checked_view},
    many=True,
)
