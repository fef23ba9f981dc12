"""Tones and harmonisations on a foreground: its colours change, its alpha does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import cv2
import numpy as np

from cocosynth.core.values import Image, Mask, Step
from cocosynth.foregrounds.edge_colors import spread_colors
from cocosynth.foregrounds.warped import WarpedInstance
from cocosynth.render.harmonize import Harmonizer
from cocosynth.render.harmonize.surroundings import Surroundings
from cocosynth.render.tones import Tone
from cocosynth.render.tones.sight import sight_of


def toned(
    warped: WarpedInstance, steps: Iterable[Step], tones: Mapping[str, Tone]
) -> WarpedInstance:
    """Apply the tones of a placement.

    What a warped instance has outside of its mask is nobody's colour, often black. A tone that says
    that it looks at neighbours is given the colours of the edge there; one that looks at all pixels
    is given those of the object alone.
    """
    colors, is_spread = cv2.cvtColor(warped.rgba, cv2.COLOR_RGBA2RGB), False
    object_mask = _seen(warped)
    for step in steps:
        tone = tones[step.name]
        sight = sight_of(tone, step.name)
        if sight == "all":
            colors, is_spread = _of_the_object(tone, step, colors, object_mask), False
            continue
        if sight == "neighbours" and not is_spread:
            colors, is_spread = _spread(colors, object_mask), True
        colors = tone.apply(colors, step.values)
    return _recolored(warped, colors)


def harmonized(
    warped: WarpedInstance,
    steps: Iterable[Step],
    harmonizers: Mapping[str, Harmonizer],
    around: Surroundings,
) -> WarpedInstance:
    """Apply the harmonisations of a placement."""
    colors, is_spread = cv2.cvtColor(warped.rgba, cv2.COLOR_RGBA2RGB), False
    object_mask = _seen(warped)
    for step in steps:
        harmonizer = harmonizers[step.name]
        looks_at_neighbours = sight_of(harmonizer, step.name) == "neighbours"
        if looks_at_neighbours and not is_spread:
            colors = _spread(colors, object_mask)
        colors = harmonizer.apply(colors, object_mask, around, step.values)
        is_spread = looks_at_neighbours
    return _recolored(warped, colors)


def _seen(warped: WarpedInstance) -> Mask:
    """Return where colours of the object show: with a matte, around its mask as well."""
    return warped.rgba[..., 3] > 0 if warped.matted else warped.mask


def _recolored(warped: WarpedInstance, colors: Image) -> WarpedInstance:
    rgba = cv2.cvtColor(colors, cv2.COLOR_RGB2RGBA)
    cv2.insertChannel(cv2.extractChannel(warped.rgba, 3), rgba, 3)
    return replace(warped, rgba=rgba)


def _spread(colors: Image, mask: Mask) -> Image:
    rgba = spread_colors(cv2.cvtColor(colors, cv2.COLOR_RGB2RGBA), mask)
    spread: Image = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)
    return spread


def _of_the_object(tone: Tone, step: Step, colors: Image, mask: Mask) -> Image:
    """Apply a tone to the pixels of a mask, as an image one pixel wide."""
    places = np.flatnonzero(mask)
    if not places.size:
        return colors
    rgba = cv2.cvtColor(colors, cv2.COLOR_RGB2RGBA)
    pixels = rgba.view(np.uint32).reshape(-1)  # four bytes at a time
    inside = pixels[places].view(np.uint8).reshape(-1, 1, 4)
    changed = tone.apply(cv2.cvtColor(inside, cv2.COLOR_RGBA2RGB), step.values)
    pixels[places] = cv2.cvtColor(changed, cv2.COLOR_RGB2RGBA).reshape(-1, 4).view(np.uint32)[:, 0]
    result: Image = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)
    return result
