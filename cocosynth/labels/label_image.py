"""Who owns which pixel of a canvas, layer by layer as they are pasted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from msgspec.structs import replace

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
        self._depths = [-math.inf] * len(self._visible)
        self._deepest = -math.inf
        self._least = [limits.min_area] * len(self._visible)
        self._pasted = 0

    @property
    def size(self) -> Size:
        """Height and width of the canvas."""
        return self.labels.shape[0], self.labels.shape[1]

    def paste(
        self,
        mask: Mask,
        area: int,
        place: Box,
        *,
        category_id: int,
        tight: Box | None = None,
        depth: float = 0,
        least: int = 0,
        hiding: tuple[int, float] | None = None,
    ) -> bool:
        """Put an object in front of all others, or of those that are deeper, if no limit is broken.

        Parameters
        ----------
        mask : ndarray of bool, shape (h, w)
        area : int
            Pixels of the mask.
        place : Box
            Where the mask lies; a part of it may be outside of the canvas.
        category_id : int
        tight : Box, optional
            The box around the pixels of the mask, in the mask, where that is known.
        depth : float
            What has been pasted with a larger one stays in front; see `z_order`.
        least : int
            Visible pixels below which it may not fall, where that is more than `min_area`.
        hiding : tuple of (int, float), optional
            A pasted object, counted from 0, of which no more than a fraction may stay visible.

        Returns
        -------
        bool
            Whether it was; if not, nothing has changed.
        """
        limits = self._limits
        smallest = max(limits.min_area, least)
        inside = place.clipped(self.size)
        shown = mask[inside.moved(-place.top, -place.left).slices]
        here = visible = area if inside == place else int(np.count_nonzero(shown))
        share = max(limits.min_visibility, 1 - limits.max_truncation)
        if visible < max(smallest, share * area):
            return False
        region = self.labels[inside.slices]
        if self._deepest > depth:
            uncovered = self._uncovered(shown, region, visible, depth)
            visible = 0 if uncovered is None else int(np.count_nonzero(uncovered))
            if uncovered is None or visible < max(smallest, limits.min_visibility * area):
                return False
            shown = uncovered
        if hiding is not None and not self._hides(shown, region, *hiding):
            return False
        covered = _layers_below(region, shown)
        if not self._may_cover(covered, visible):
            return False
        for layer, hidden in covered.items():
            self._visible[layer] -= hidden
        if tight is None or inside != place:
            tight = box_of(mask[inside.moved(-place.top, -place.left).slices])
        box = inside if tight is None else tight.moved(inside.top, inside.left)
        placed, truncated = self._pasted, here < area
        self.layers.append(
            Layer(category_id, area, box, placement=placed, inside_area=here, truncated=truncated)
        )
        self._visible.append(visible)
        self._full.append(area)
        self._depths.append(depth)
        self._deepest = max(self._deepest, depth)
        self._least.append(smallest)
        self._pasted += 1
        number = np.full(region.shape, len(self.layers), dtype=np.uint16)
        cv2.copyTo(number, shown.view(np.uint8), region)
        return True

    def _hides(self, shown: Mask, region: Labels, pasted: int, most: float) -> bool:
        """Say whether an object leaves no more of an earlier one than a fraction."""
        layer = len(self.layers) - self._pasted + pasted
        hidden = int(np.count_nonzero(region[shown] == layer + 1))
        return hidden > 0 and self._visible[layer] - hidden <= most * self._full[layer]

    def is_hidden(self, pasted: int, most: float) -> bool:
        """Say whether no more than a fraction is visible of a pasted object, counted from 0."""
        layer = len(self.layers) - self._pasted + pasted
        return self._visible[layer] <= most * self._full[layer]

    def box_of_pasted(self, pasted: int) -> Box:
        """Return the box of a pasted object, counted from 0."""
        return self.layers[len(self.layers) - self._pasted + pasted].box

    @property
    def pasted(self) -> int:
        """How many objects have been pasted."""
        return self._pasted

    def z_order(self) -> list[int]:
        """Return the pasted objects, the deepest first; of two as deep the earlier one.

        Returns
        -------
        list of int
            Counted from 0, in the order in which they were pasted.
        """
        depths = self._depths[len(self.layers) - self._pasted :]
        return sorted(range(self._pasted), key=depths.__getitem__)

    def reorder(self, order: Sequence[int]) -> None:
        """Number the layers of pasted objects, and their placements, by an order of them."""
        below = len(self.layers) - self._pasted
        moved = [*range(below), *(below + number for number in order)]
        numbers = np.zeros(len(self.layers) + 1, dtype=np.uint16)
        numbers[[0, *(old + 1 for old in moved)]] = np.arange(len(moved) + 1)
        self.labels[...] = numbers[self.labels]
        self.layers = [self.layers[old] for old in moved]
        for new in range(self._pasted):
            self.layers[below + new] = replace(self.layers[below + new], placement=new)
        for table in (self._visible, self._full, self._depths, self._least):
            table[:] = [table[old] for old in moved]

    def _uncovered(self, shown: Mask, region: Labels, area: int, depth: float) -> Mask | None:
        """Return what no object in front covers, or None where one covers too much."""
        front = np.array([False, *(other > depth for other in self._depths)])
        behind = shown & front[region]
        for layer, hidden in _layers_below(region, behind).items():
            if hidden > self._limits.max_overlap * min(self._visible[layer], area):
                return None
        return shown & ~behind

    def _may_cover(self, covered: Mapping[int, int], area: int) -> bool:
        """Say whether every layer may lose the pixels that an object of this area covers."""
        limits = self._limits
        layers_below = len(self.layers) - self._pasted
        for layer, hidden in covered.items():
            if self.layers[layer].crowd:
                continue
            before, full = self._visible[layer], self._full[layer]
            after, from_below = before - hidden, layer < layers_below
            if hidden > limits.max_overlap * min(before, area):
                return False
            smallest = min(limits.min_area, full) if from_below else self._least[layer]
            shown = after >= smallest and after >= limits.min_visibility * full
            if not shown and not (from_below and after == 0):
                return False
        return True


def _layers_below(region: Labels, mask: Mask) -> dict[int, int]:
    """Return how many pixels of each layer, counted from 0, a mask covers, where it covers any.

    Only the pixels of layers below it are gathered: mostly they are few.
    """
    if not cv2.countNonZero(region):
        return {}
    counts = np.bincount(region[np.logical_and(region, mask)])
    return {number - 1: int(counts[number]) for number in counts.nonzero()[0].tolist()}
