"""Augmentations: random policies that draw a deterministic transform; one file each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import WrongAnswerError
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.values import Homography, Size

AUGMENTATIONS = LazyTable(
    __name__,
    {
        "flip": "Flip",
        "perspective": "Perspective",
        "quarter_turn": "QuarterTurn",
        "rotate": "Rotate",
        "scale": "Scale",
        "shear": "Shear",
        "translate": "Translate",
    },
)


class Augmentation(Protocol):
    """A random policy over geometric transforms.

    The transforms drawn are applied in the order of the configuration; one with the class attribute
    ``acts_first = True`` is applied before all that stand above it, to the instance as it is in its
    source. One that would turn an instance inside out, or nearly so, is not used: another instance
    is tried.

    One with the class attribute ``looks_around = True`` is given a `Subject` as well, by the
    keyword ``subject``. One with a method ``prepared(known)`` may look at the sources before the
    first image is planned, and returns the augmentation that is used (see `Known`).
    """

    def sample(self, rng: np.random.Generator, *, size: Size, canvas: Size) -> Homography | None:
        """Draw a transform.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this augmentation alone.
        size, canvas : tuple of int
            Height and width of the instance in its source, and of the output image.

        Returns
        -------
        ndarray of float64, shape (3, 3), or None
            Acts on (x, y, 1) with the centre of the instance at the origin; None changes nothing.
        """


def checked_matrix(
    sample: Callable[..., Any], rng: np.random.Generator, **known: Any
) -> Homography | None:
    """Call `sample` of a class of the user's own, and check what it gives."""
    step = sample(rng, **known)
    if step is None or _is_finite_matrix(step):
        return step
    raise WrongAnswerError("None or a matrix of 3 x 3 finite floats", step)


def _is_finite_matrix(step: Any) -> bool:
    is_matrix = isinstance(step, np.ndarray) and step.shape == (3, 3) and step.dtype.kind == "f"
    return is_matrix and bool(np.isfinite(step).all())
