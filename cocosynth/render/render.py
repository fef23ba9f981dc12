"""From a scene and pixels to an image; nothing random happens here."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.coco.masks import box_of
from cocosynth.core.values import Box, Image, Mask, Scene, Size
from cocosynth.foregrounds.warped import Warper
from cocosynth.render.background import fitted
from cocosynth.render.blend import BlendMode


def render(scene: Scene, photo: Image, *, foregrounds: Warper, blend: BlendMode) -> Image:
    """Compose an image.

    Parameters
    ----------
    scene : Scene
    photo : ndarray of uint8, shape (h, w, 3)
        The photograph that the scene's background is a crop of; painted over unless read-only.
    foregrounds : Warper
        Warps the instances.
    blend : BlendMode

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    image = fitted(photo, scene.background, scene.size)
    for placement in scene.placements:
        foreground, region = foregrounds.of(placement)
        inside = _shown(foreground.mask, region, scene.size)
        part = inside.moved(-region.top, -region.left).slices
        mixed = image[inside.slices].copy()
        blend(mixed, np.ascontiguousarray(foreground.rgba[part]))
        shown = foreground.mask[part].view(np.uint8)
        cv2.copyTo(mixed, shown, image[inside.slices])  # whatever a mode does, labels hold
    return image


def _shown(mask: Mask, region: Box, size: Size) -> Box:
    """Return the part of the canvas that a mask covers, and a pixel around it.

    A mode then sees where an object ends, but for where the canvas cuts it off.
    """
    tight = box_of(mask) or Box(0, 0, 0, 0)
    around = Box(tight.top - 1, tight.left - 1, tight.bottom + 1, tight.right + 1)
    return around.clipped(region.size).moved(region.top, region.left).clipped(size)
