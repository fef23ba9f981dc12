"""The pixels that a background's own annotations cover, as bits of the box around each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco import masks
from cocosynth.coco.keypoints import read_keypoints
from cocosynth.coco.records import segmentation_of
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import borders_of
from cocosynth.core.values import Box, Keypoints, Mask, Size
from cocosynth.sources.catalogue import BackgroundPhoto


@dataclass(frozen=True, eq=False)
class AnnotationMask:
    """What one annotation covers of its photo."""

    annotation_id: int
    category_id: int
    crowd: bool
    area: int  # mask pixels
    box: Box  # tight around them
    bits: NDArray[np.uint8]
    keypoints: Keypoints = ()
    truncated: bool = False  # a border of its photo cuts it

    @property
    def mask(self) -> Mask:
        """Return the mask inside of the box."""
        height, width = self.box.size
        return np.unpackbits(self.bits, count=height * width).reshape(height, width).view(np.bool_)


@dataclass(frozen=True, eq=False)
class BackgroundMasks:
    """Those of all annotations of a background, in their order.

    Attributes
    ----------
    shown : tuple of AnnotationMask
    empty : int
        Annotations without a pixel in their own image: nobody can see them.
    """

    shown: tuple[AnnotationMask, ...] = ()
    empty: int = 0


def decode_masks(background: BackgroundPhoto, size: Size) -> BackgroundMasks:
    """Decode the annotations of a background; the photo has this size.

    Raises
    ------
    UnusableError
        If a segmentation cannot be read: what it shows would go unlabelled.
    """
    shown, empty = [], 0
    pairs = zip(background.annotations, background.category_ids, strict=True)
    for annotation, category_id in pairs:
        segmentation = segmentation_of(annotation)
        if segmentation is None or segmentation == []:
            raise UnusableError(
                "segmentation is missing: boxes alone do not say what they cover; make masks "
                "first, or use annotations: avoid"
            )
        inside, box = masks.decode_in_box(segmentation, size)
        if not inside.size:
            empty += 1
            continue
        area, bits = int(np.count_nonzero(inside)), np.packbits(inside)
        crowd = bool(annotation.iscrowd)
        points = read_keypoints(annotation)
        found = AnnotationMask(annotation.id, category_id, crowd, area, box, bits, points)
        shown.append(replace(found, truncated=any(borders_of(box, size, drawn=True))))
    return BackgroundMasks(tuple(shown), empty)
