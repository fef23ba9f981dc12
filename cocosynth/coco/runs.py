"""Areas and boxes of masks by their run lengths: no mask is unrolled, many are measured at once.

A mask is the runs of its pixels column by column, zeros first. Runs of many masks stand one after
the other in one array; another says where each begins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Spans(NamedTuple):
    """The runs of ones of many masks: those that hold pixels.

    Attributes
    ----------
    mask : ndarray of int64
        Which mask each belongs to, in ascending order.
    start, stop : ndarray of int64
        Where it begins and ends in the columns of its mask, half-open.
    height : ndarray of int64
        Of its mask.
    masks : int
        How many masks there are.
    """

    mask: Ints
    start: Ints
    stop: Ints
    height: Ints
    masks: int


def spans_of(runs: Ints, starts: Ints, heights: Ints) -> Spans:
    """Return where the ones of many masks are.

    Parameters
    ----------
    runs : ndarray of int64
        The runs of all masks, none below zero.
    starts : ndarray of int64, shape (n,)
        Where the runs of each begin.
    heights : ndarray of int64, shape (n,)
    """
    lengths = np.diff(starts, append=len(runs))
    mask = np.repeat(np.arange(len(starts)), lengths)
    place = np.arange(len(runs)) - np.repeat(starts, lengths)
    ends = np.cumsum(runs)
    before = (ends - runs)[starts] if len(starts) else ends
    ends = ends - np.repeat(before, lengths)
    ones = (place % 2 == 1) & (runs > 0)
    mask, stop = mask[ones], ends[ones]
    return Spans(mask, stop - runs[ones], stop, heights[mask], len(starts))


def of_masks(spans: Spans, chosen: NDArray[np.bool_]) -> Spans:
    """Return the spans of some of the masks."""
    keep = chosen[spans.mask]
    number = np.cumsum(chosen) - 1
    mask, start, stop, height = (
        column[keep] for column in (number[spans.mask], spans.start, spans.stop, spans.height)
    )
    return Spans(mask, start, stop, height, int(chosen.sum()))


def areas(spans: Spans) -> Ints:
    """Return how many pixels each mask has."""
    lengths = (spans.stop - spans.start).astype(np.float64)
    return np.bincount(spans.mask, lengths, minlength=spans.masks).astype(np.int64)


def tight_boxes(spans: Spans) -> Floats:
    """Return left, top, right and bottom of each mask, half-open; NaN where it has no pixel.

    Examples
    --------
    >>> tight_boxes(spans_of(np.array([4, 2, 1, 1, 1]), np.array([0]), np.array([3])))
    array([[1., 1., 3., 3.]])
    """
    first, last = spans.start // spans.height, (spans.stop - 1) // spans.height
    whole = first != last  # it goes on in the next column, so it holds the last row and the first
    top = np.where(whole, 0, spans.start % spans.height)
    bottom = np.where(whole, spans.height, (spans.stop - 1) % spans.height + 1)
    boxes = np.full((spans.masks, 4), np.nan)
    if len(spans.mask):
        heads = np.flatnonzero(np.diff(spans.mask, prepend=-1))
        boxes[spans.mask[heads]] = np.stack(
            (
                np.minimum.reduceat(first, heads),
                np.minimum.reduceat(top, heads),
                np.maximum.reduceat(last, heads) + 1,
                np.maximum.reduceat(bottom, heads),
            ),
            axis=1,
        )
    return boxes


def pixels_within(spans: Spans, boxes: Floats) -> Ints:
    """Return how many pixels of each mask lie in a box: left, top, right, bottom, half-open.

    Parameters
    ----------
    spans : Spans
    boxes : ndarray, shape (n, 4)
        Whole numbers, inside the image of each.
    """
    left, top, right, bottom = boxes.astype(np.int64)[spans.mask].T
    start, stop = (
        np.clip(end, left * spans.height, np.maximum(left, right) * spans.height)
        for end in (spans.start, spans.stop)
    )

    def above(end: Ints, row: Ints) -> Ints:
        """Count the places before `end`, column by column, that lie above a row."""
        return end // spans.height * row + np.minimum(end % spans.height, row)

    found = above(stop, bottom) - above(stop, top) - above(start, bottom) + above(start, top)
    counts = np.bincount(spans.mask, np.maximum(found, 0), minlength=spans.masks)
    return counts.astype(np.int64)
