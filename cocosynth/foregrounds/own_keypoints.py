"""Which keypoints of a person are cut out with it."""

from __future__ import annotations

import numpy as np

from cocosynth.coco.keypoints import LABELLED, VISIBLE, within_photo
from cocosynth.core.values import ALPHA_THRESHOLD, Instance, Keypoint, Keypoints, Size

_NEAR = 2.0  # pixels
_PART = 0.03  # of the root of the object's area


def own_keypoints(points: Keypoints, instance: Instance, size: Size) -> Keypoints:
    """Return the keypoints of an instance: visible are those that its mask brings along.

    What lies farther from the mask than 2 pixels, or 3 % of the root of its area, was seen in the
    photo, but not cut out: it stays labelled, as a hidden joint of the object, and is not visible
    in a composed image. In COCO no visible keypoint lies so far from its mask.

    Parameters
    ----------
    points : tuple of Keypoint
        In the photo.
    instance : Instance
        As its mask was annotated, without a matte.
    size : tuple of int
        Height and width of the photo; what lies outside of it is not labelled.
    """
    mask = instance.rgba[..., 3] >= ALPHA_THRESHOLD
    near = max(_NEAR, _PART * float(np.sqrt(instance.area)))
    pixels = np.argwhere(mask) + (instance.box.top, instance.box.left)
    return tuple(
        point._replace(visibility=LABELLED)
        if point.visibility == VISIBLE and _distance(point, pixels) > near
        else point
        for point in within_photo(points, size)
    )


def _distance(point: Keypoint, pixels: np.ndarray) -> float:
    down, across = pixels[:, 0] - point.y, pixels[:, 1] - point.x
    return float(np.sqrt((down * down + across * across).min()))
