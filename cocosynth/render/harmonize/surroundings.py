"""The background around the place of an object."""

from __future__ import annotations

from dataclasses import dataclass

from cocosynth.coco.masks import box_of
from cocosynth.core.values import Box, Image, Mask

_LEAST = 16  # pixels on every side


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What an object is made to look like.

    Attributes
    ----------
    image : ndarray of uint8, shape (h, w, 3)
        The background within the box of the object, made wider by half of its longer side on every
        side, but by 16 pixels at least; without anything that was pasted. Not to be changed.
    frame : ndarray of uint8, shape (H, W, 3)
        The whole background. Not to be changed.
    """

    image: Image
    frame: Image


def surroundings_of(frame: Image, mask: Mask, region: Box) -> Surroundings:
    """Return the surroundings of an object.

    Parameters
    ----------
    frame : ndarray of uint8, shape (H, W, 3)
        The background before anything is pasted.
    mask : ndarray of bool, shape (h, w)
        Of the object.
    region : Box
        Where the mask lies in the frame.
    """
    tight = (box_of(mask) or Box(0, 0, *mask.shape)).moved(region.top, region.left)
    margin = max(_LEAST, max(tight.size) // 2)
    around = Box(
        tight.top - margin, tight.left - margin, tight.bottom + margin, tight.right + margin
    ).clipped((frame.shape[0], frame.shape[1]))
    near = frame[around.slices]
    return Surroundings(near if near.size else frame, frame)
