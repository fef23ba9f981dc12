"""From a scene and pixels to a composite; nothing random happens here."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from cocosynth.blend import BlendMode
from cocosynth.ground import Ground, fitted
from cocosynth.structures import ALPHA_THRESHOLD, Composite, Image, Layer, Rgba, Scene
from cocosynth.warp import warp


def render(
    scene: Scene,
    photo: Image,
    ground: Ground,
    *,
    rgba_of: Callable[[int], Rgba],
    category_of: Callable[[int], int],
    blend: BlendMode,
) -> Composite:
    """Compose an image and its label image.

    Parameters
    ----------
    scene : Scene
    photo : ndarray of uint8, shape (h, w, 3)
        The photograph that the scene's background is a crop of.
    ground : Ground
        The background's own annotations in the canvas.
    rgba_of : callable
        From the number of an instance to its pixels.
    category_of : callable
        From the number of an instance to its category id.
    blend : BlendMode

    Returns
    -------
    Composite
    """
    image = fitted(photo, scene.background, scene.size)
    labels = ground.labels.copy()
    layers = list(ground.layers)
    for position, placement in enumerate(scene.placements):
        warped, region = warp(rgba_of(placement.instance), np.array(placement.matrix))
        mask = warped[..., 3] >= ALPHA_THRESHOLD
        inside = region.clipped(scene.size)
        layers.append(
            Layer(
                category_id=category_of(placement.instance),
                full_area=int(np.count_nonzero(mask)),
                box=inside,
                placement=position,
            )
        )
        shown = inside.moved(-region.top, -region.left).slices
        canvas, foreground = image[inside.slices], np.ascontiguousarray(warped[shown])
        alpha = cv2.extractChannel(foreground, 3)
        visible = mask[shown]
        mixed = blend(canvas, cv2.cvtColor(foreground, cv2.COLOR_RGBA2RGB), alpha)
        cv2.copyTo(mixed, visible.astype(np.uint8), canvas)  # whatever a mode does, labels hold
        labels[inside.slices][visible] = len(layers)
    return Composite(image, labels, tuple(layers))
