"""Average precision of any sample of the images, from what a result keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

RECALLS = np.linspace(0, 1, 101)


def average_precision(ranked: np.ndarray, truths: np.ndarray, times: np.ndarray) -> Any:
    """Return AP at one IoU where each image counts so many times, as pycocotools reckons it.

    Parameters
    ----------
    ranked, truths : ndarray
        As `evaluation.judge` keeps them: `ranked` and `in` of a category.
    times : ndarray, (images,) or (draws, images)
        How often each image counts, in each draw.

    Returns
    -------
    ndarray, (draws,), or float
        From 0 to 1; not a number where no image of a draw shows the category.

    Examples
    --------
    >>> ranked, once = np.array([1, -2, 2]), np.array([1, 1])
    >>> round(float(average_precision(ranked, np.array([1, 1]), once)), 3)
    0.835
    """
    draws = np.atleast_2d(times)
    total = (draws @ truths).astype(float)
    weight = draws[:, np.abs(ranked) - 1].astype(float)
    right, every = np.cumsum(weight * (ranked > 0), 1), np.cumsum(weight, 1)
    precision = right / np.maximum(every, 1e-9)
    precision = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    recall = right / np.where(total, total, np.nan)[:, None]
    aps = np.where(total, 0.0, np.nan)
    for draw in np.flatnonzero(total):
        at = np.searchsorted(recall[draw], RECALLS, side="left")
        aps[draw] = precision[draw, at[at < len(ranked)]].sum() / len(RECALLS)
    return aps.reshape(np.shape(times)[:-1])[()]
