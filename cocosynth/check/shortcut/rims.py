"""Patches on the outlines of objects: where what was pasted differs from what was there."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from cocosynth.core.values import Labels, Mask

SIDE = 32
"""Of a patch, in pixels."""

JITTER = 4
"""A mask ends at the pasted edge, but only near the real one: no patch is centred exactly."""

PATCHES = 3
"""Of an object, at most."""

OWN = 3
"""Pixels around an outline that no other object has."""

MIN_AREA = 1024
"""Pixels of an object that counts."""


def outline(mask: Mask, labels: Labels, label: int) -> Mask:
    """Return the pixels of a mask beside what belongs to no object."""
    near = cv2.dilate(((labels != 0) & ~mask).astype(np.uint8), np.ones((2 * OWN + 1,) * 2)) > 0
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3))) > 0
    return mask & ~inner & ~near


def spread_out(places: Mask, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield the top left corners of a few patches, none of them centred on the half of another."""
    half, (height, width) = SIDE // 2, places.shape
    rows, cols = np.nonzero(places)
    taken: list[tuple[int, int]] = []
    for place in rng.permutation(len(rows)):
        row, col = (int(at[place]) + int(rng.integers(-JITTER, JITTER + 1)) for at in (rows, cols))
        inside = half <= row <= height - half and half <= col <= width - half
        if inside and all(max(abs(row - r), abs(col - c)) >= half for r, c in taken):
            taken.append((row, col))
            yield row - half, col - half
        if len(taken) == PATCHES:
            return
