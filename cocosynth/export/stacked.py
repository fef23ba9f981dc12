"""One owner for every pixel, for formats in which masks cannot overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cocosynth.core.values import Annotation, Labels, Size


def stacked(annotations: Sequence[Annotation], size: Size) -> Labels:
    """Return who owns which pixel: 0 nobody, k the annotation at the position k - 1.

    Masks of a build are disjoint. Where others overlap, a crowd is below single objects, and of two
    alike the smaller one is on top; of two of one area, the later one.

    Examples
    --------
    >>> from cocosynth.core.values import Box
    >>> def box(width):
    ...     mask = np.ones((1, width), dtype=bool)
    ...     return Annotation(1, mask, Box(0, 0, 1, width), width, False, 1.0, None, None)
    >>> stacked([box(1), box(3)], (1, 4)).tolist()
    [[1, 2, 2, 0]]
    """
    labels = np.zeros(size, dtype=np.uint16)
    order = sorted(
        (position for position, annotation in enumerate(annotations) if annotation.masked),
        key=lambda at: (not annotations[at].crowd, -annotations[at].area, at),
    )
    for position in order:
        annotation = annotations[position]
        labels[annotation.box.slices][annotation.mask] = position + 1
    return labels
