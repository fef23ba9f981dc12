"""The background of a scene, cropped and resized to the canvas."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.core.values import Background, Image, Size


def fitted(pixels: Image, background: Background, size: Size) -> Image:
    """Crop pixels to the background's crop and resize them to the canvas.

    The result may be changed; it shares memory with `pixels` where those may be, too.
    """
    crop = pixels[background.crop.slices]
    if background.crop.size == size:
        return np.require(crop, requirements=("C", "W"))
    shrinks = size[0] < crop.shape[0] or size[1] < crop.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(crop, (size[1], size[0]), interpolation=method)
