"""How whole an object is: how much of its outline is its own, and not that of what hides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.geometry import BORDER_GAP
from cocosynth.core.values import ALPHA_THRESHOLD, Box, Instance, Mask, Size
from cocosynth.foregrounds.regions import CROSS, disk

_GAP = 3  # pixels between the masks of two objects that touch, in photographs of COCO's size
_LONGEST = 200  # a gap is this part of the longer side of a larger photograph
_FILLED = 0.5  # the share of a hole that others cover where they explain it
_MOST = 0.5  # the share of a mask that another covers where it goes on below
_SAME = 0.8  # intersection over union of two masks from which they are of one object
_SPECK = 0.02  # of the object's area: smaller parts are left by the drawing, not by an occluder


class Region(NamedTuple):
    """A mask that is kept in its own box: it has no pixel outside of it."""

    box: Box
    mask: Mask  # of the pixels of `box`

    def meets(self, box: Box) -> bool:
        """Say whether the box has a pixel in common with another one."""
        return self.box.meets(box)

    def within(self, box: Box) -> Mask:
        """Return the mask of the pixels of another box."""
        found = np.zeros(box.size, dtype=np.bool_)
        if self.meets(box):
            common = self.box.moved(-box.top, -box.left).clipped(box.size)
            own = common.moved(box.top - self.box.top, box.left - self.box.left)
            found[common.slices] = self.mask[own.slices]
        return found


def gap_of(size: Size) -> int:
    """Return how many pixels may lie between two masks that touch in a photograph."""
    return max(_GAP, round(max(size) / _LONGEST))


def surroundings(box: Box, size: Size) -> Box:
    """Return the box around an object in which others count for how whole it is."""
    return box.shrunk(-gap_of(size) - 1)


def wholeness(own: Region, others: Sequence[Region], size: Size) -> float:
    """Return how whole an object is, from 0 to 1.

    That is the share of its outline that is its own. Where another object or the border of the
    photograph begins within a few pixels, the object may go on behind. The share is made smaller
    for what an occluder explains: by the area of the holes that it fills, by the pixels that it has
    in common with the object, and by all parts of the object but the largest where it lies between
    them.

    Where two masks overlap, the one of which more lies in the other is taken to be in front: a cup
    on a table whose mask goes on below is whole, and the table is not.

    Parameters
    ----------
    own : Region
        The object, with a pixel at least.
    others : sequence of Region
        All other annotated objects of the photograph; those far away do not count.
    size : tuple of int
        Of the photograph.

    Returns
    -------
    float

    Examples
    --------
    >>> square = np.ones((20, 20), dtype=bool)
    >>> left, right = Region(Box(40, 40, 60, 60), square), Region(Box(40, 61, 60, 81), square)
    >>> round(wholeness(left, [], (100, 100)), 2)
    1.0
    >>> round(wholeness(left, [right], (100, 100)), 2)  # along one of four sides
    0.71
    """
    gap, box = gap_of(size), surroundings(own.box, size)
    mask = own.within(box)
    area = int(np.count_nonzero(mask))
    in_front = np.zeros_like(mask)
    for other in others:
        if other.meets(box):
            in_front |= _in_front(mask, area, other, box, gap)
    own_area = area - int(np.count_nonzero(mask & in_front))
    if not own_area:
        return 0.0
    is_touched = bool(in_front.any())
    shared = _widened(_beyond_border(box, size), CROSS)
    if is_touched:
        shared |= _widened(in_front, disk(gap))
    outline = mask & _widened(~mask, CROSS)
    share = 1 - float(np.count_nonzero(outline & shared)) / float(np.count_nonzero(outline))
    if not is_touched:
        return share
    filled, parts = _filled_holes(mask, in_front), _largest_part(mask, in_front, gap)
    return share * (own_area / (area + filled)) * parts  # so none of them makes it larger


def whole_instance(instance: Instance, others: Sequence[Region], size: Size) -> Instance:
    """Return an instance that knows how whole it is."""
    own = Region(instance.box, instance.rgba[..., 3] >= ALPHA_THRESHOLD)
    return replace(instance, whole=wholeness(own, others, size))


def _in_front(mask: Mask, area: int, other: Region, box: Box, gap: int) -> Mask:
    """Return where another object may lie in front of this one, or beside it."""
    there = other.within(box)
    common = there & mask
    count, all_of_it = int(np.count_nonzero(common)), int(np.count_nonzero(other.mask))
    if count >= _SAME * (area + all_of_it - count):  # the same object, annotated twice
        return np.zeros_like(mask)
    if not count or all_of_it <= area:
        return there
    if count >= _MOST * area:  # the other one goes on below all of it
        return np.zeros_like(mask)
    deep = common & cv2.erode(mask.view(np.uint8), disk(gap)).view(np.bool_)
    return there & ~mask & ~_widened(deep, disk(2 * gap + 1))


def _beyond_border(box: Box, size: Size) -> Mask:
    """Return what lies outside of the photograph, and the pixels at its border."""
    beyond = np.ones(box.size, dtype=np.bool_)
    inner = Box(BORDER_GAP, BORDER_GAP, size[0] - BORDER_GAP, size[1] - BORDER_GAP)
    beyond[inner.moved(-box.top, -box.left).clipped(box.size).slices] = False
    return beyond


def _widened(mask: Mask, by: NDArray[np.uint8]) -> Mask:
    return cv2.dilate(mask.view(np.uint8), by).view(np.bool_)


def _filled_holes(mask: Mask, in_front: Mask) -> int:
    """Count the pixels of the holes that an occluder fills."""
    count, labels = cv2.connectedComponents((~mask).view(np.uint8), connectivity=4)
    if count <= 2:  # the mask itself, and what lies around it
        return 0
    areas = np.bincount(labels.ravel(), minlength=count)
    covered = np.bincount(labels[in_front & ~mask], minlength=count)
    is_hole = np.ones(count, dtype=np.bool_)
    is_hole[[0, labels[0, 0]]] = False
    return int(areas[is_hole & (covered >= _FILLED * areas)].sum())


def _largest_part(mask: Mask, in_front: Mask, gap: int) -> float:
    """Return the share of the largest part among those that an occluder lies between."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    counted = areas >= _SPECK * areas.sum()
    if np.count_nonzero(counted) < 2:
        return 1.0
    near = labels[_widened(in_front, disk(gap + 1)) & mask]
    touched = np.zeros(count, dtype=np.bool_)
    touched[near] = True
    largest = int(areas.argmax())
    hidden = areas[counted & touched & (np.arange(count) != largest)].sum()
    return float(1 - hidden / areas.sum()) if touched[largest] else 1.0
