"""A batch of a bank as it is read back from disk: refused where it is not what was written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.core import identity
from cocosynth.core.values import MAX_PIXELS
from cocosynth.foregrounds.bank import damaged, entry_file, part_file

_CHANNELS = 4
_FAR = 1 << 20  # pixels: farther than the borders of any image
_BEYOND = 16  # pixels that an octagon reaches beyond the instance, at most


def refuse_damaged(
    folder: Path,
    entries: NDArray[Any],
    *,
    number: int,
    photos: Iterable[int],
    categories: int,
    ways: int,
    shapes_only: bool = False,
) -> None:
    """Refuse the entries of a batch that lead out of its part, or out of the catalogue.

    Parameters
    ----------
    folder : Path
        Of the bank.
    entries : ndarray of ENTRY, shape (n,)
    number : int
        Of the batch.
    photos : iterable of int
        The numbers of its photos.
    categories : int
        How many are pasted.
    ways : int
        How many times the pixels of each instance stand there.
    shapes_only : bool
        Whether instances may be there of which nothing was measured.

    Raises
    ------
    CocosynthError
        It names the file, what is wrong in it, and the way out.
    """
    seen = entries[entries["height"] != 0] if shapes_only else entries
    reason = _fault(folder, seen, number, list(photos), categories, ways)
    if reason:
        raise damaged(entry_file(folder, number), reason)


def _fault(
    folder: Path,
    entries: NDArray[Any],
    number: int,
    photos: list[int],
    categories: int,
    ways: int,
) -> str | None:
    height, width = entries["height"].astype(np.int64), entries["width"].astype(np.int64)
    lengths = entries["pixels"].astype(np.int64), entries["keypoints"].astype(np.int64)
    stops = np.cumsum(lengths[0] + lengths[1])
    octagons = entries["octagon"].astype(np.int64)
    limits = np.stack([width, height], axis=1)[:, None] + _BEYOND
    part = part_file(folder, number)
    length = identity.state(part)[0] if part.is_file() else 0
    right = {
        "another part": entries["part"] == number,
        "a photograph of another part": np.isin(entries["photo"], photos),
        "an unknown category": _within(entries["category_id"], 0, categories - 1),
        "no possible size": (height > 0) & (width > 0) & (height * width <= MAX_PIXELS),
        "no possible annotation": entries["annotation_id"] >= -1,
        "no possible place": _within(entries["top"], -_FAR, _FAR)
        & _within(entries["left"], -_FAR, _FAR),
        "no possible outline": ((octagons >= -_BEYOND) & (octagons <= limits)).all(axis=(1, 2)),
        "borders that are not true or false": (entries["borders"].view(np.uint8) <= 1).all(axis=1),
        "other pixels than its size": (lengths[0] == height * width * _CHANNELS * ways)
        | (lengths[0] == 0),
        "no possible area": _within(entries["area"], 1, height * width),
        "a negative length": lengths[1] >= 0,
        "no possible wholeness": _within(entries["whole"], 0, 1),
        "no possible sharpness": _within(entries["sharpness"], 0, 1),
        "a matte that is not true or false": entries["matted"].view(np.uint8) <= 1,
        "pixels that do not follow those before": entries["offset"]
        == stops - lengths[0] - lengths[1],
    }
    for what, fits in right.items():
        if not fits.all():
            return f"instance {int(np.argmin(fits)) + 1} has {what}"
    if (int(stops[-1]) if len(stops) else 0) != length:
        return f"{part.name} has another length than its instances"
    return None


def _within(values: NDArray[Any], low: float, high: float | NDArray[Any]) -> NDArray[np.bool_]:
    return (values >= low) & (values <= high)
