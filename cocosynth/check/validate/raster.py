"""Polygons to pixels without a canvas: the run lengths of a mask say its area and its box."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cocosynth.check.validate.areas import AREA_SLACK, OUTLINE_SHARE
from cocosynth.check.validate.columns import Flags, Floats, Ints
from cocosynth.coco import extents
from cocosynth.coco.masks import Rle, areas_of, boxes_of, parts_of, united
from cocosynth.coco.rle import decompress_all
from cocosynth.coco.runs import pixels_within, spans_of
from cocosynth.core.values import Size

Object = tuple[list[list[float]], Size]  # polygons, and the size of the image


class Drawn(NamedTuple):
    """What some masks measure, a row for each; see `Columns`."""

    pixels: Floats
    inside: Floats
    tight: Floats
    crossing: Flags


def draw(objects: list[Object], boxes: Floats) -> Drawn:
    """Rasterise objects as pycocotools does, and measure them.

    Parameters
    ----------
    objects : list of (list, (int, int))
        Polygons that can be drawn, and height and width of the image.
    boxes : ndarray, shape (n, 4)
        Left, top, right, bottom in whole pixels: how much of the mask lies inside is counted.
    """
    parts = [parts_of(polygons, size) for polygons, size in objects]
    whole = [united(each) for each in parts]
    pixels, written = areas_of(whole), boxes_of(whole)
    tight = np.concatenate((written[:, :2], written[:, :2] + written[:, 2:]), axis=1)
    tight[pixels == 0] = np.nan
    counts = np.array([len(each) for each in parts], dtype=np.int64)
    part_pixels = pixels.repeat(counts)
    several = [part for each in parts if len(each) > 1 for part in each]
    part_pixels[counts.repeat(counts) > 1] = areas_of(several)
    crossing = _crossing(objects, part_pixels, counts)
    return Drawn(pixels, _inside(whole, pixels, tight, boxes), tight, crossing)


def _inside(whole: list[Rle], pixels: Floats, tight: Floats, boxes: Floats) -> Floats:
    """Return how many pixels of each mask lie in its box; all where its own box does."""
    low, high = tight[:, :2] >= boxes[:, :2], tight[:, 2:] <= boxes[:, 2:]
    beyond = np.flatnonzero((pixels > 0) & ~(low & high).all(axis=1))
    inside = pixels.copy()
    if len(beyond):
        runs, starts = decompress_all([str(whole[row]["counts"], "ascii") for row in beyond])
        heights = np.array([whole[row]["size"][0] for row in beyond], dtype=np.int64)
        inside[beyond] = pixels_within(spans_of(runs, starts, heights), boxes[beyond])
    return inside


def _crossing(objects: list[Object], pixels: Floats, counts: Ints) -> Flags:
    """Say which objects have a polygon that fills more pixels than its outline encloses.

    What an outline runs around in the other direction counts against it, so crossing costs area. A
    polygon that leaves its image fills fewer pixels in any case, and is not judged.
    """
    shapes = extents.measure([[polygon] for polygons, _ in objects for polygon in polygons])
    owner = np.repeat(np.arange(len(objects)), counts)
    size = np.array([size for _, size in objects], dtype=np.float64).reshape(-1, 2)[owner]
    inside = (shapes.extents[:, :2] >= 0).all(axis=1)
    inside &= (shapes.extents[:, 2:] <= size[:, ::-1]).all(axis=1)
    sides = (shapes.extents[:, 2:] - shapes.extents[:, :2]).sum(axis=1)
    more = pixels - shapes.areas > AREA_SLACK + 2 * OUTLINE_SHARE * sides
    crossing = np.zeros(len(objects), np.bool_)
    crossing[owner[inside & more]] = True
    return crossing
