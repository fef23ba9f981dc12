"""The background of a scene, cropped, flipped and resized to the canvas."""

from __future__ import annotations

import cv2
import numpy as np

from cocosynth.core.reduction import in_smaller
from cocosynth.core.values import Background, Bgr, Size

_CODES = {"vertical": 0, "horizontal": 1, "both": -1}
"""How OpenCV names flips: by the axis that they are about."""


def fitted(pixels: Bgr, background: Background, size: Size) -> Bgr:
    """Crop pixels to the background's crop, flip them, and resize them to their place.

    The result may be changed; it shares memory with `pixels` where those may be, too.
    """
    crop = pixels[in_smaller(background.crop, background.reduction).slices]
    if background.flip:
        crop = cv2.flip(crop, _CODES[background.flip]).astype(np.uint8, copy=False)
    if background.place is None:
        return _resized(crop, size)
    canvas = np.full((*size, 3), background.padding, dtype=np.uint8)
    canvas[background.place.slices] = _resized(crop, background.place.size)
    return canvas


def _resized(crop: Bgr, size: Size) -> Bgr:
    if crop.shape[:2] == size:
        return np.require(crop, requirements=("C", "W"))
    shrinks = size[0] < crop.shape[0] or size[1] < crop.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(crop, (size[1], size[0]), interpolation=method)
