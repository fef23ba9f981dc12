"""Who owns which pixel of a canvas, layer by layer as they are pasted."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.masks import box_of
from cocosynth.core.values import Box, Labels, Layer, Mask, Size
from cocosynth.labels.background_layers import BackgroundLayers
from cocosynth.labels.options import Limits


class LabelImage:
    """The label image of a canvas, and what stays visible of every layer when one more is pasted.

    An annotation of the background is measured by what the empty canvas shows of it. It may be
    covered whole, as then nothing of it is seen, and crowds may be covered at will.

    Parameters
    ----------
    below : BackgroundLayers
        Its label image is taken over and changes with every paste.
    limits : Limits

    Attributes
    ----------
    labels : ndarray of uint16, shape (H, W)
        0 is background, k is ``layers[k - 1]``.
    layers : list of Layer
    """

    def __init__(self, below: BackgroundLayers, limits: Limits) -> None:
        self.labels: Labels = below.labels  # taken over
        self.layers: list[Layer] = list(below.layers)
        self._limits = limits
        self._visible = below.visible_areas()
        self._full = list(self._visible)
        self._pasted = 0

    @property
    def size(self) -> Size:
        """Height and width of the canvas."""
        return self.labels.shape[0], self.labels.shape[1]

    def paste(self, mask: Mask, area: int, place: Box, *, category_id: int) -> bool:
        """Put an object on top, if no limit is broken by it.

        Parameters
        ----------
        mask : ndarray of bool, shape (h, w)
        area : int
            Pixels of the mask.
        place : Box
            Where the mask lies; a part of it may be outside of the canvas.
        category_id : int

        Returns
        -------
        bool
            Whether it was; if not, nothing has changed.
        """
        limits = self._limits
        inside = place.clipped(self.size)
        shown = mask[inside.moved(-place.top, -place.left).slices]
        visible = area if inside == place else int(np.count_nonzero(shown))
        least = max(limits.min_visibility, 1 - limits.max_truncation) * area
        if visible < max(limits.min_area, least):
            return False
        region = self.labels[inside.slices]
        if cv2.countNonZero(region):
            covered = np.bincount(region[shown], minlength=len(self.layers) + 1)[1:]
            if not self._may_cover(covered, visible):
                return False
            for number in np.flatnonzero(covered).tolist():
                self._visible[number] -= int(covered[number])
        tight = box_of(shown)
        box = inside if tight is None else tight.moved(inside.top, inside.left)
        self.layers.append(Layer(category_id, area, box, placement=self._pasted))
        self._visible.append(visible)
        self._full.append(area)
        self._pasted += 1
        cv2.max(region, np.multiply(shown, len(self.layers), dtype=np.uint16), dst=region)
        return True

    def _may_cover(self, covered: NDArray[np.intp], area: int) -> bool:
        """Say whether every layer may lose the pixels that an object of this area covers."""
        limits = self._limits
        layers_below = len(self.layers) - self._pasted
        for layer in np.flatnonzero(covered).tolist():
            if self.layers[layer].crowd:
                continue
            before, full = self._visible[layer], self._full[layer]
            hidden, from_below = int(covered[layer]), layer < layers_below
            after = before - hidden
            if hidden > limits.max_overlap * min(before, area):
                return False
            smallest = min(limits.min_area, full) if from_below else limits.min_area
            shown = after >= smallest and after >= limits.min_visibility * full
            if not shown and not (from_below and after == 0):
                return False
        return True
