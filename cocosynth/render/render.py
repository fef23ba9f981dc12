"""From a scene and pixels to an image; nothing random happens here.

The canvas stays in the order of channels in which files are decoded and encoded; techniques are
handed the part of it that they may change, in RGB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np

from cocosynth.core.errors import CannotBlendError
from cocosynth.core.guard import Guard
from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Bgr, Box, Image, Mask, Rgba, Scene, Size
from cocosynth.foregrounds.edge_colors import spread_colors
from cocosynth.foregrounds.warped import WarpedInstance, Warper
from cocosynth.render.background import fitted
from cocosynth.render.blend import BlendMode, keeps_matte, reach_of
from cocosynth.render.blend.mix import mix
from cocosynth.render.blend.paste import Paste
from cocosynth.render.harmonize import Harmonizer
from cocosynth.render.harmonize.surroundings import surroundings_of
from cocosynth.render.shadow import Shadow
from cocosynth.render.shadow.shade import darken
from cocosynth.render.toned import harmonized, toned
from cocosynth.render.tones import Tone

Weigh = Callable[[Alpha], Alpha]

_AS_IT_IS = Paste()


@dataclass(frozen=True)
class Techniques:
    """What can be asked of rendering, by the names that scenes know it by."""

    blends: Mapping[str, BlendMode]
    tones: Mapping[str, Tone]
    harmonizers: Mapping[str, Harmonizer] = field(default_factory=dict)
    shadows: Mapping[str, Shadow] = field(default_factory=dict)


def silent(reason: str) -> None:
    """Take no notice."""


def render(
    scene: Scene,
    photo: Bgr,
    *,
    warper: Warper,
    techniques: Techniques,
    pasted: Callable[[str], None] = silent,
) -> Bgr:
    """Compose an image.

    Parameters
    ----------
    scene : Scene
    photo : ndarray of uint8, shape (h, w, 3)
        The photograph that the scene's background is a crop of, as large as it was decoded;
        painted over unless read-only.
    warper : Warper
        Warps the instances.
    techniques : Techniques
    pasted : callable, optional
        Takes the reason for each object that is pasted as it is, as its blend mode has no answer.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    image = fitted(photo, scene.background, scene.size)
    is_asked = any(placement.harmonize for placement in scene.placements)
    bare = _turned(image) if is_asked else image
    for number, placement in enumerate(scene.placements):
        warped, region = warper.of(number, placement)
        if placement.tones:
            warped = toned(warped, placement.tones, techniques.tones)
        if placement.harmonize:
            around = surroundings_of(bare, warped.mask, region)
            warped = harmonized(warped, placement.harmonize, techniques.harmonizers, around)
        mode: Any = techniques.blends[placement.blend]
        if placement.blend_values:
            mode = mode.drawn(placement.blend_values)
        shadows = [(techniques.shadows[step.name], step.values) for step in placement.shadow]
        shade = partial(_shade, image, shadows, warped.mask, region)
        _blend(image, warped, region, mode, shade, pasted)
    if not scene.finish:
        return image
    colors = _turned(image)
    for step in scene.finish:
        colors = techniques.tones[step.name].apply(colors, step.values)
    return _turned(colors)


def _shade(
    image: Bgr, shadows: Iterable[tuple[Shadow, Mapping[str, Any]]], mask: Mask, region: Box
) -> None:
    for shadow, values in shadows:
        darken(image, shadow.cast(mask, values), region)


def _turned(pixels: Bgr | Image) -> Bgr | Image:
    """Return a copy in RGB of what is in BGR, and the other way round."""
    turned: Bgr | Image = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return turned


def _blend(
    image: Bgr,
    warped: WarpedInstance,
    region: Box,
    mode: BlendMode,
    shade: Callable[[], None],
    pasted: Callable[[str], None],
) -> None:
    """Mix an instance into the image; whatever a mode does, it changes nothing beyond its reach.

    A mode that takes light sees the image before the shadow of the instance.
    """
    size: Size = (image.shape[0], image.shape[1])
    if warped.matted and keeps_matte(mode):
        shade()
        _mix_by_alpha(image, warped, region)
        return
    reach, weigh = reach_of(mode), _weigh_of(mode)
    if reach == 0:
        inside = _shown(warped.box, region, size)
        if weigh is not None:
            shade()
            if min(inside.size):
                part = inside.moved(-region.top, -region.left).slices
                _mix_weighed(image[inside.slices], warped.rgba[part], weigh)
            return
        part = inside.moved(-region.top, -region.left).slices
        foreground, changed = warped.rgba[part], warped.mask[part]
    else:
        foreground, region = _padded(warped, region, reach)
        inside = region.clipped(size)
        part = inside.moved(-region.top, -region.left).slices
        foreground = foreground[part]
        changed = _within(foreground[..., 3] >= ALPHA_THRESHOLD, reach)
    if not min(inside.size):
        shade()
        return
    takes_light, place = getattr(mode, "takes_light", False), image[inside.slices]
    if takes_light:
        mixed = _turned(place)
    shade()
    if not takes_light:
        mixed = _turned(place)
    foreground = np.ascontiguousarray(foreground)
    try:
        mode(mixed, foreground)
    except CannotBlendError as error:
        pasted(str(error))
        mixed = _turned(place)
        _AS_IT_IS(mixed, foreground)
    cv2.copyTo(_turned(mixed), changed.view(np.uint8), place)


def _weigh_of(mode: BlendMode) -> Weigh | None:
    """Return how a mode of ours weighs an object, if it does nothing but mix it in by weights.

    No canvas need be copied for it, nor its channels be turned round.
    """
    return None if isinstance(mode, Guard) else getattr(mode, "weigh", None)


def _mix_weighed(place: Bgr, foreground: Rgba, weigh: Weigh) -> None:
    mix(place, foreground, weigh(cv2.extractChannel(foreground, 3)), bgr=True)


def _mix_by_alpha(image: Bgr, warped: WarpedInstance, region: Box) -> None:
    """Mix an instance with a matte into the image, what is fainter than its mask as well."""
    inside = region.clipped((image.shape[0], image.shape[1]))
    if min(inside.size):
        part = inside.moved(-region.top, -region.left).slices
        _mix_weighed(image[inside.slices], warped.rgba[part], lambda alpha: alpha)


def _shown(tight: Box, region: Box, size: Size) -> Box:
    """Return the part of the canvas that the box of a mask covers, and a pixel around it.

    A mode then sees where an object ends, but for where the canvas cuts it off.
    """
    around = Box(tight.top - 1, tight.left - 1, tight.bottom + 1, tight.right + 1)
    return around.clipped(region.size).moved(region.top, region.left).clipped(size)


def _padded(warped: WarpedInstance, region: Box, reach: int) -> tuple[Rgba, Box]:
    """Put pixels in the colours of its edge around an instance."""
    padded = cv2.copyMakeBorder(warped.rgba, *(reach,) * 4, cv2.BORDER_CONSTANT)
    around = Box(
        region.top - reach, region.left - reach, region.bottom + reach, region.right + reach
    )
    return spread_colors(padded, padded[..., 3] >= ALPHA_THRESHOLD), around


def _within(mask: Mask, reach: int) -> Mask:
    """Return what lies at most so many pixels, in rows and in columns, from a mask."""
    square = np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8)
    return cv2.dilate(mask.view(np.uint8), square).view(np.bool_)
