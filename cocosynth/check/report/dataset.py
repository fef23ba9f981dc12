"""A split of a dataset, open to be shown: its columns, its records and its images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.check.draw_pose import skeleton_of
from cocosynth.check.stats import Columns, columns_of
from cocosynth.coco.document import Document
from cocosynth.core.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Split:
    """A COCO file and its images; its columns stay in memory, the file itself does not.

    Attributes
    ----------
    name : str
    path : Path
    columns : Columns
    images : Path or None
        The folder of the images, where it is known.
    skeletons : dict of str to list
        Which keypoints of a category a line joins, counted from 0, by its name.
    """

    name: str
    path: Path
    columns: Columns
    images: Path | None
    skeletons: dict[str, list[list[int]]]

    def records(
        self, document: Document, rows: Sequence[int]
    ) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        """Yield the record of each of some images, and the undecoded ones of its annotations."""
        order = np.argsort(self.columns.image, kind="stable")
        starts = np.searchsorted(self.columns.image[order], np.arange(self.columns.images + 1))
        raws = document.tables["annotations"]
        for row in rows:
            [record] = document.records("images", [row])
            mine = order[starts[row] : starts[row + 1]]
            yield record, [bytes(raws[i]) for i in mine.tolist()]


def open_split(name: str, path: Path, images: Path | None, *, progress: Progress = silent) -> Split:
    """Read a COCO file of any tool.

    Raises
    ------
    CocosynthError
        If it is not one, or its records do not fit together.
    """
    document = Document(path, on_disk=True)
    columns = columns_of(document, progress=progress)
    return Split(name, path, columns, images, _skeletons(document))


def _skeletons(document: Document) -> dict[str, list[list[int]]]:
    found: dict[str, list[list[int]]] = {}
    for _, _, batch in document.batches("categories"):
        for record in batch:
            lines = skeleton_of(record.get("skeleton"))
            if lines:
                found.setdefault(record["name"], [[end - 1 for end in line] for line in lines])
    return found


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
