"""What stays visible of every layer when one more is pasted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocosynth.ground import Ground
from cocosynth.placement.candidate import Candidate
from cocosynth.structures import Box, Size


@dataclass(frozen=True)
class Limits:
    """What no paste may break; fractions but for `min_area`, in pixels."""

    max_truncation: float
    max_overlap: float
    min_visibility: float
    min_area: int


class Occupancy:
    """Who owns which pixel of a canvas, layer by layer as they are pasted.

    An annotation of the background is measured by what the empty canvas shows of it. It may be
    covered whole, as then nothing of it is seen, and crowds may be covered at will.
    """

    def __init__(self, ground: Ground, limits: Limits) -> None:
        self._limits = limits
        self._labels = ground.labels.copy()
        count = len(ground.layers) + 1
        self._visible = np.array([0, *ground.visible_areas()])  # nobody asks for 0, the background
        self._full = self._visible.copy()
        self._crowd = np.array([False, *(layer.crowd for layer in ground.layers)])
        self._ground_layers = count

    @property
    def size(self) -> Size:
        """Height and width of the canvas."""
        return self._labels.shape[0], self._labels.shape[1]

    def paste(self, candidate: Candidate, row: int, col: int) -> bool:
        """Put a candidate on top, if no limit is broken by it.

        Returns
        -------
        bool
            Whether it was; if not, nothing has changed.
        """
        limits = self._limits
        place = Box(0, 0, *candidate.mask.shape).moved(row, col)
        inside = place.clipped(self.size)
        mask = candidate.mask[inside.moved(-row, -col).slices]
        area = int(np.count_nonzero(mask))
        if area < max(
            limits.min_area,
            limits.min_visibility * candidate.area,
            (1 - limits.max_truncation) * candidate.area,
        ):
            return False
        region = self._labels[inside.slices]
        if region.any():
            covered = np.bincount(region[mask], minlength=len(self._visible))
            if covered[1:].any() and not self._may_cover(covered, area):
                return False
            self._visible = self._visible - covered
        np.copyto(region, len(self._visible), where=mask)
        self._visible = np.append(self._visible, area)
        self._full = np.append(self._full, candidate.area)
        self._crowd = np.append(self._crowd, False)
        return True

    def _may_cover(self, covered: np.ndarray, area: int) -> bool:
        touched = np.flatnonzero((covered[1:] > 0) & ~self._crowd[1:]) + 1
        before, hidden = self._visible[touched], covered[touched]
        if (hidden > self._limits.max_overlap * np.minimum(before, area)).any():
            return False
        after, full = before - hidden, self._full[touched]
        from_ground = touched < self._ground_layers
        min_area = self._limits.min_area
        smallest = np.where(from_ground, np.minimum(min_area, full), min_area)
        honest = (after >= smallest) & (after >= self._limits.min_visibility * full)
        return bool((honest | (from_ground & (after == 0))).all())
