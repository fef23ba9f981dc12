"""Tones: photometric steps, on a foreground or on the whole image; one file each.

A tone has two halves. Planning draws its values, which are plain numbers and words and stand in the
scene; rendering applies them, so a scene can be replayed without the seed and the configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec
import numpy as np

from cocosynth.core.guard import WrongAnswerError
from cocosynth.core.lazy_table import LazyTable
from cocosynth.core.values import Image

TONES = LazyTable(
    __name__,
    {
        "albumentations": "Albumentations",
        "blur": "Blur",
        "brightness": "Brightness",
        "contrast": "Contrast",
        "gamma": "Gamma",
        "grayscale": "Grayscale",
        "hue": "Hue",
        "jpeg": "Jpeg",
        "motion_blur": "MotionBlur",
        "noise": "Noise",
        "saturation": "Saturation",
        "sharpen": "Sharpen",
    },
)


class Tone(Protocol):
    """A random policy over changes of colour.

    A class attribute `looks_at` says what the new colour of a pixel depends on: its own colour,
    ``"pixel"``, as without the attribute; those around it, ``"neighbours"``; or those of the whole
    image, ``"all"``. On a foreground, `apply` is given colours of the edge around the object for
    ``"neighbours"``, and for ``"all"`` only the pixels of the object, as an image one pixel wide.
    """

    def sample(self, rng: np.random.Generator) -> Mapping[str, Any] | None:
        """Draw the values of the change, None for no change.

        Parameters
        ----------
        rng : numpy.random.Generator
            Of this tone alone.

        Returns
        -------
        mapping of str to plain values, or None
            Numbers, words and lists of them, as JSON knows them.
        """

    def apply(self, image: Image, values: Mapping[str, Any]) -> Image:
        """Change the colours of an image.

        Parameters
        ----------
        image : ndarray of uint8, shape (h, w, 3)
            Not to be changed.
        values : mapping
            As drawn; nothing else decides what comes out, the tone's parameters neither.

        Returns
        -------
        ndarray of uint8, shape (h, w, 3)
            A new array.
        """


def checked_values(
    sample: Callable[..., Any], rng: np.random.Generator
) -> Mapping[str, Any] | None:
    """Call `sample` of a class of the user's own, and check what it gives."""
    values = sample(rng)
    try:
        plain = None if values is None else msgspec.json.decode(msgspec.json.encode(dict(values)))
    except (TypeError, ValueError):
        plain = ()
    if plain == ():
        raise WrongAnswerError("None or a dict of plain numbers and words", values)
    return plain


def checked_image(apply: Callable[..., Any], image: Image, values: Mapping[str, Any]) -> Image:
    """Call `apply` of a class of the user's own, and check what it gives."""
    changed = apply(image.copy(), values)
    fits = isinstance(changed, np.ndarray) and changed.shape == image.shape
    if not (fits and changed.dtype == np.uint8):
        raise WrongAnswerError(f"uint8 of shape {image.shape}", changed)
    return changed
