"""Segmentations without their masks: lengths and sizes that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from cocosynth.check.validate.columns import POLYGONS, RLE, Flags, Floats, Ints
from cocosynth.check.validate.swapped import is_swapped
from cocosynth.coco import extents
from cocosynth.coco.rle import decompress, decompress_all
from cocosynth.coco.runs import Spans, areas, of_masks, pixels_within, spans_of, tight_boxes
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

Finding = tuple[str, str, str]  # rule, key path within the annotation, message

_EXACT = 2.0**53  # doubles are exact below it


class Measured(NamedTuple):
    """What the segmentations of a batch say, a row for each annotation; see `Columns`."""

    kind: Ints
    parts: Ints
    sound: Flags
    extent: Floats
    outline: Floats
    enclosed: Floats
    pixels: Floats
    inside: Floats
    tight: Floats


def measured(
    records: Sequence[dict[str, Any]], sizes: Sequence[Size | None], boxes: Floats
) -> tuple[Measured, list[tuple[int, Finding]]]:
    """Measure segmentations that pass the schema.

    Parameters
    ----------
    records : sequence of dict
    sizes : sequence of (int, int) or None
        Height and width of the image of each; None where they are not known.
    boxes : ndarray, shape (n, 4)
        Left, top, right and bottom of the grown box of each, in whole pixels of the image.

    Returns
    -------
    Measured
    findings : list of (int, Finding)
        Row, and what is wrong.
    """
    count = len(records)
    segmentations = [record.get("segmentation") for record in records]
    kind = np.array([_kind(each) for each in segmentations], dtype=np.int64)
    parts = np.array([len(each) if isinstance(each, list) else 1 for each in segmentations])
    outline, enclosed, pixels, inside = np.full((4, count), np.nan)
    extent, tight = np.full((2, count, 4), np.nan)
    sound = np.ones(count, np.bool_)
    found = Measured(kind, parts, sound, extent, outline, enclosed, pixels, inside, tight)
    findings = [*_check_polygons(records, found), *_check_rles(records, sizes, found, boxes)]
    findings.sort(key=lambda finding: finding[0])
    return found, findings


def _kind(segmentation: Any) -> int:
    return POLYGONS if isinstance(segmentation, list) else RLE if segmentation else 0


def _check_polygons(
    records: Sequence[dict[str, Any]], found: Measured
) -> Iterator[tuple[int, Finding]]:
    even = []
    for row in np.flatnonzero(found.kind == POLYGONS).tolist():
        polygons = records[row]["segmentation"]
        for i, polygon in enumerate(polygons):
            if len(polygon) & 1:
                text = f"{len(polygon)} numbers; x, y of each point make an even number"
                yield row, ("polygon-odd-length", f".segmentation[{i}]", text)
                found.sound[row] = False
        if records[row].get("iscrowd"):
            text = "crowds are written as RLE; is this one object with holes or parts?"
            yield row, ("crowd-polygon", ".segmentation", text)
        if len(polygons) > 1 and (again := _repeated(polygons)):
            text = f"polygon {again[1]} is polygon {again[0]} again"
            yield row, ("polygon-repeated", f".segmentation[{again[1]}]", text)
        if found.sound[row]:
            even.append(row)
    shapes = extents.measure([records[row]["segmentation"] for row in even])
    found.extent[even], found.outline[even] = shapes.extents, shapes.lengths
    found.enclosed[even] = shapes.areas


def _repeated(polygons: list[list[float]]) -> tuple[int, int] | None:
    """Return the positions of two equal polygons, if there are any."""
    first: dict[tuple[float, ...], int] = {}
    for i, polygon in enumerate(polygons):
        if (earlier := first.setdefault(tuple(polygon), i)) != i:
            return earlier, i
    return None


def _check_rles(
    records: Sequence[dict[str, Any]], sizes: Sequence[Size | None], found: Measured, boxes: Floats
) -> Iterator[tuple[int, Finding]]:
    """Check and measure run lengths, all that are sound at once."""
    rows = np.flatnonzero(found.kind == RLE).tolist()
    fitting = [
        row for row in rows
        if sizes[row] is not None and records[row]["segmentation"]["size"] == list(sizes[row])  # type: ignore[arg-type]
    ]  # fmt: skip
    found.sound[rows] = False
    good, runs, starts = _runs_of(records, fitting)
    pixels = np.array([_pixels(sizes[row]) for row in good], np.int64)
    if len(good):
        fits = (np.add.reduceat(runs, starts) == pixels) & (np.minimum.reduceat(runs, starts) >= 0)
        fits &= np.add.reduceat(runs.astype(np.float64), starts) < _EXACT  # no sum runs over
        lengths = np.diff(starts, append=len(runs))
        runs = runs[np.repeat(fits, lengths)]
        starts = np.concatenate(([0], np.cumsum(lengths[fits])))[:-1]
        good = [row for row, fit in zip(good, fits.tolist(), strict=True) if fit]
    if good:
        heights = np.array([sizes[row][0] for row in good], np.int64)  # type: ignore[index]
        spans = spans_of(runs, starts, heights)
        found.sound[good] = True
        found.extent[good] = found.tight[good] = tight_boxes(spans)
        found.enclosed[good] = found.pixels[good] = areas(spans)
        found.inside[good] = _inside(spans, boxes[good], found.tight[good], found.pixels[good])
    for row in sorted(set(rows).difference(good)):
        size, segmentation = sizes[row], records[row]["segmentation"]
        if size is not None and not is_swapped(segmentation, size):
            for finding in _rle_findings(segmentation, size):
                yield row, finding


def _inside(spans: Spans, boxes: Floats, tight: Floats, pixels: Floats) -> Floats:
    """Return how many pixels of each mask lie in its box; all where its own box does."""
    within = (tight[:, :2] >= boxes[:, :2]) & (tight[:, 2:] <= boxes[:, 2:])
    beyond = (pixels > 0) & ~within.all(axis=1)
    inside = pixels.copy()
    if beyond.any():
        inside[beyond] = pixels_within(of_masks(spans, beyond), boxes[beyond])
    return inside


def _pixels(size: Size | None) -> int:
    return 0 if size is None else size[0] * size[1]


def _runs_of(records: Sequence[dict[str, Any]], rows: list[int]) -> tuple[list[int], Ints, Ints]:
    """Return the rows whose counts can be read at all, their runs, and where each begins."""
    counts = {row: records[row]["segmentation"]["counts"] for row in rows}
    texts = [row for row in rows if isinstance(counts[row], str)]
    lists = [row for row in rows if isinstance(counts[row], list) and counts[row]]
    runs, starts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    try:
        if texts:
            runs, starts = decompress_all([counts[row] for row in texts])
    except UnusableError:
        texts, runs, starts = _one_by_one(counts, texts)
    listed = [np.array(counts[row], dtype=np.int64) for row in lists]
    ends = np.cumsum([len(runs), *map(len, listed)])[:-1] if listed else np.zeros(0, np.int64)
    return [*texts, *lists], np.concatenate([runs, *listed]), np.concatenate((starts, ends))


def _one_by_one(counts: dict[int, Any], rows: list[int]) -> tuple[list[int], Ints, Ints]:
    """Decompress counts of which some cannot be read."""
    good, found = [], [np.zeros(0, np.int64)]
    for row in rows:
        try:
            found.append(decompress(counts[row]))
            good.append(row)
        except UnusableError:
            continue
    starts = np.cumsum([0, *map(len, found[1:])])[:-1]
    return good, np.concatenate(found), starts.astype(np.int64)


def _rle_findings(rle: dict[str, Any], size: Size) -> Iterator[Finding]:
    if rle["size"] != list(size):
        text = f"{rle['size']}, but [height, width] of the image is {list(size)}"
        yield "rle-size-mismatch", ".segmentation.size", text
        return
    pixels = size[0] * size[1]
    try:
        counts = rle["counts"]
        runs = decompress(counts).tolist() if isinstance(counts, str) else counts
        if runs and min(runs) < 0:
            yield "rle-counts-mismatch", ".segmentation.counts", "a run has a negative length"
        elif (total := sum(map(int, runs))) != pixels:
            text = f"runs of {total} pixels in an image of {pixels}"
            yield "rle-counts-mismatch", ".segmentation.counts", text
    except UnusableError as error:
        yield "rle-counts-mismatch", ".segmentation.counts", error.reason
