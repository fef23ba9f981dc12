"""The pixels that a background's own annotations claim, as bits of the box around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth import masks
from cocosynth.coco import AnnotationRecord, segmentation_of
from cocosynth.structures import Box, Mask, Size


@dataclass(frozen=True, eq=False)
class Claim:
    """What one annotation claims of its photo."""

    annotation_id: int
    category_id: int
    crowd: bool
    area: int  # mask pixels
    box: Box  # tight around them
    bits: NDArray[np.uint8]

    @property
    def mask(self) -> Mask:
        """Return the mask inside of the box."""
        height, width = self.box.size
        return np.unpackbits(self.bits, count=height * width).reshape(height, width).view(np.bool_)


@dataclass(frozen=True, eq=False)
class Claims:
    """Those of all annotations of a background, in their order.

    Attributes
    ----------
    shown : tuple of Claim
    empty : int
        Annotations without a pixel in their own image: nobody can see them.
    """

    shown: tuple[Claim, ...] = ()
    empty: int = 0


def decode_claims(
    annotations: Iterable[AnnotationRecord], category_ids: Iterable[int], size: Size
) -> Claims:
    """Decode the annotations of a photo of this size.

    Raises
    ------
    UnusableError
        If a segmentation cannot be read: what it shows would go unlabelled.
    """
    shown, empty = [], 0
    for annotation, category_id in zip(annotations, category_ids, strict=True):
        mask = masks.decode(segmentation_of(annotation), size)
        box = masks.box_of(mask)
        if box is None:
            empty += 1
            continue
        inside: Any = mask[box.slices]
        area, bits = int(np.count_nonzero(inside)), np.packbits(inside)
        crowd = bool(annotation.iscrowd)
        shown.append(Claim(annotation.id, category_id, crowd, area, box, bits))
    return Claims(tuple(shown), empty)
