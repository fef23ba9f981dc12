"""Blend modes: how the colours of an object and of its new background meet; one file each.

A blend mode changes colours, never labels: which pixels belong to an object is decided by its
alpha alone, so one scene can be rendered in several modes under one annotation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from cocosynth.core.guard import Guard, WrongAnswerError, unchecked
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.registry import Kind
from cocosynth.core.values import Image, Rgba
from cocosynth.render.tones import checked_values

BLEND_MODES = LazyTable(
    __name__,
    {
        "feather": "Feather",
        "gaussian": "Gaussian",
        "laplacian": "Laplacian",
        "motion": "Motion",
        "paste": "Paste",
        "poisson": "Poisson",
    },
)


MAX_REACH = 1000
"""Pixels; the farthest that a mode may paint beyond a mask."""


class BlendMode(Protocol):
    """Mixes the pixels of an object into those of the canvas.

    A class attribute ``keeps_matte = True`` says that the mode only draws an edge: an object that
    has a matte is neither prepared nor blended by it, but mixed in by its alpha.

    A class attribute `prepared_by` may name the parameters that `prepare` depends on; without it,
    all are taken to count. A bank that was cut out before serves as long as these are the same.

    A class attribute `takes_light = True` is for a mode that gives an object the colours of what
    lies beside it: it is handed the canvas without the shadow that the object itself casts.

    A mode of ours without reach that does nothing but mix the object in by weights has a method
    ``weigh(alpha)``, which returns them, 0 outside of the mask: rendering then mixes into the
    canvas itself, and copies no part of it.

    A mode that depends on chance has two more methods: ``sample(rng)`` draws plain values for each
    object, which stand in the scene, and ``drawn(values)`` returns the mode that they decide.
    """

    @property
    def reach(self) -> int:
        """Return how many pixels outside of the object's mask may change; 0 without it.

        Rendering hands over so many pixels around the object, in the colours of its edge.
        """

    def prepare(self, rgba: Rgba) -> Rgba:
        """Return the instance as this mode wants it; done once, in the source's resolution.

        The alpha must come back as it was.
        """

    def __call__(self, canvas: Image, foreground: Rgba) -> None:
        """Mix an object into a part of the canvas, in place.

        Parameters
        ----------
        canvas : ndarray of uint8, shape (h, w, 3)
            Nothing changes farther than `reach` from the object's mask.
        foreground : ndarray of uint8, shape (h, w, 4)
            Contiguous; the object's mask is where its alpha is at least 128. A mask of a mode
            without reach touches the border of these arrays only where the canvas ends.

        Raises
        ------
        CannotBlendError
            If the mode has no answer here; the object is then pasted as it is, and counted.
        """


def _prepare(prepare: Callable[[Rgba], Any], rgba: Rgba) -> Rgba:
    alpha = rgba[..., 3].copy()
    prepared = prepare(rgba)
    fits = isinstance(prepared, np.ndarray) and prepared.shape == rgba.shape
    if not (fits and prepared.dtype == np.uint8):
        raise WrongAnswerError(f"uint8 of shape {rgba.shape}", prepared)
    if not np.array_equal(prepared[..., 3], alpha):
        raise WrongAnswerError("the alpha as it was", prepared[..., 3])
    return prepared


def _drawn(drawn: Callable[[Mapping[str, Any]], Any], values: Mapping[str, Any]) -> Any:
    mode = drawn(values)
    if not callable(mode):
        raise WrongAnswerError("a blend mode", mode)
    return Guard(mode, type(mode).__name__, {"__call__": unchecked})


def keeps_matte(mode: BlendMode) -> bool:
    """Say whether a mode shows the matte of an instance that has one, in place of its own edge."""
    return bool(getattr(mode, "keeps_matte", False))


def reach_of(mode: BlendMode) -> int:
    """Return how far a mode may paint beyond the mask; a class of the user's own may not say."""
    return min(max(0, int(getattr(mode, "reach", 0))), MAX_REACH)


BLEND: Kind[tuple[BlendMode, ...]] = Kind(
    "blend",
    "How the colours of an object and of its background meet.",
    BLEND_MODES,
    {"prepare": _prepare, "__call__": unchecked},
    may={"sample": checked_values, "drawn": _drawn},
    choose=True,
)


VARIANTS: Kind[tuple[BlendMode, ...]] = Kind(
    "variants",
    "Blend modes in which every scene is rendered, an image for each.",
    BLEND_MODES,
    BLEND.needs,
    may=BLEND.may,
    many=True,
    like=BLEND.key,
)
