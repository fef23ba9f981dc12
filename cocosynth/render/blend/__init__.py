"""Blend modes: how the colours of an object and of its new background meet; one file each.

A blend mode changes colours, never labels: which pixels belong to an object is settled by its
alpha alone, so one scene can be rendered in several modes under one annotation.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

import msgspec

from cocosynth.core.values import Image, Rgba
from cocosynth.render.blend.feather import Feather
from cocosynth.render.blend.paste import Paste

BLEND_MODES: dict[str, type] = {"feather": Feather, "paste": Paste}


class BlendMode(Protocol):
    """Mixes the pixels of an object into those of the canvas.

    A class attribute `prepared_by` may name the parameters that `prepare` depends on; without it,
    all are taken to count. A bank that was cut out before serves as long as these are the same.
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
            Nothing changes outside of the object's mask.
        foreground : ndarray of uint8, shape (h, w, 4)
            Contiguous; the object's mask is where its alpha is at least 128.
        """


def preparation(name: str, mode: BlendMode) -> dict[str, Any]:
    """Describe what decides how a mode prepares instances."""
    fields = [field.name for field in dataclasses.fields(mode)]  # type: ignore[arg-type]
    names = getattr(mode, "prepared_by", fields)
    parameters = {name: getattr(mode, name) for name in sorted(names)}
    return {"mode": name, "parameters": msgspec.to_builtins(parameters)}
