"""Segmentations without their masks: lengths and sizes that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cocosynth.coco.rle import decompress, decompress_all
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Size

Finding = tuple[str, str, str]  # rule, key path within the annotation, message


def segmentation_findings(annotation: dict[str, Any], size: Size | None) -> Iterator[Finding]:
    """Yield what is wrong with a segmentation that passes the schema.

    Parameters
    ----------
    annotation : dict
    size : tuple of int or None
        Height and width of the image; None where they are not known.
    """
    segmentation = annotation.get("segmentation")
    if isinstance(segmentation, list):
        for i, polygon in enumerate(segmentation):
            if len(polygon) & 1:
                text = f"{len(polygon)} numbers; x, y of each point make an even number"
                yield "polygon-odd-length", f".segmentation[{i}]", text
        if annotation["iscrowd"]:
            text = "crowds are written as RLE; is this one object with holes or parts?"
            yield "crowd-polygon", ".segmentation", text
    elif segmentation is None:
        yield "segmentation-missing", "", "a box alone cannot train or test masks"
    elif size is not None:
        yield from _rle_findings(segmentation, size)


def sound_rles(annotations: Sequence[dict[str, Any]], sizes: Sequence[Size | None]) -> set[int]:
    """Return the positions of compressed RLEs without any fault, found many at a time.

    Of annotations that pass the schema; those that fail it need a look one by one.
    """
    chosen = [
        (position, segmentation["counts"], size[0] * size[1])
        for position, (annotation, size) in enumerate(zip(annotations, sizes, strict=True))
        if isinstance(segmentation := annotation.get("segmentation"), dict)
        and isinstance(segmentation["counts"], str)
        and size is not None
        and segmentation["size"] == list(size)
    ]
    if not chosen:
        return set()
    positions, counts, pixels = zip(*chosen, strict=True)
    try:
        runs, starts = decompress_all(counts)
    except UnusableError:
        return set()
    fits = np.add.reduceat(runs, starts) == pixels
    fits &= np.minimum.reduceat(runs, starts) >= 0
    return set(np.array(positions)[fits].tolist())


def _rle_findings(rle: dict[str, Any], size: Size) -> Iterator[Finding]:
    if rle["size"] != list(size):
        swapped = rle["size"][::-1] == list(size)
        text = f"{rle['size']}, but [height, width] of the image is {list(size)}"
        text += "; height and width are swapped" if swapped else ""
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
