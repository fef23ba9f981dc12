"""Average precision of any sample of the images, from what a result keeps."""

from __future__ import annotations

import numpy as np


def average_precision(ranked: np.ndarray, truths: np.ndarray, times: np.ndarray) -> float:
    """Return AP at one IoU where each image counts so many times, as pycocotools reckons it.

    Examples
    --------
    >>> ranked, once = np.array([1, -2, 2]), np.array([1, 1])
    >>> round(average_precision(ranked, np.array([1, 1]), once), 3)
    0.835
    """
    total = float(truths @ times)
    if total == 0:
        return float("nan")
    if not len(ranked):
        return 0.0
    weight = times[np.abs(ranked) - 1].astype(float)
    right = np.cumsum(weight * (ranked > 0))
    every = np.cumsum(weight)
    precision = right / np.maximum(every, 1e-9)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(right / total, np.linspace(0, 1, 101), side="left")
    reached = at < len(precision)
    return float(np.where(reached, precision[np.minimum(at, len(precision) - 1)], 0).mean())
