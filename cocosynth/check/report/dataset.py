"""A split of a dataset, open to be shown: its columns, its records and its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.stats import Columns, columns_of
from cocosynth.coco.document import Document
from cocosynth.core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Split:
    """A COCO file and its images.

    Attributes
    ----------
    name : str
    document : Document
    columns : Columns
    images : Path or None
        The folder of the images, where it is known.
    """

    name: str
    document: Document
    columns: Columns
    images: Path | None

    def records(self, rows: Sequence[int]) -> Iterator[tuple[int, Any, list[Any]]]:
        """Yield row, record and undecoded annotations of some images."""
        order = np.argsort(self.columns.image, kind="stable")
        starts = np.searchsorted(self.columns.image[order], np.arange(self.columns.images + 1))
        raws = self.document.tables["annotations"]
        for row in rows:
            [record] = self.document.records("images", [row])
            mine = order[starts[row] : starts[row + 1]]
            yield row, record, [raws[i] for i in mine.tolist()]


def open_split(name: str, path: Path, images: Path | None, *, progress: Progress = silent) -> Split:
    """Read a COCO file of any tool.

    Raises
    ------
    CocosynthError
        If it is not one, or its records do not fit together.
    """
    document = Document(path)
    return Split(name, document, columns_of(document, progress=progress), images)


def spread(splits: Sequence[Split], most: int) -> list[NDArray[np.int64]]:
    """Choose images evenly over all splits: the same ones each time.

    Returns
    -------
    list of ndarray of int
        The rows to show of each split; all of them where there are no more than `most`.
    """
    total = sum(split.columns.images for split in splits)
    ends = np.cumsum([0, *(split.columns.images for split in splits)])
    chosen = np.arange(total)
    if total > most:
        chosen = np.unique(np.linspace(0, total - 1, most).round().astype(np.int64))
    return [chosen[(chosen >= a) & (chosen < b)] - a for a, b in zip(ends, ends[1:], strict=False)]
