"""The pixels level: image files and masks, a few images at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.annotations import BOX_FAULT, MASK_FAULT
from cocosynth.check.validate.image_rules import image_findings
from cocosynth.check.validate.mask_rules import mask_findings
from cocosynth.check.validate.small_tables import Tables
from cocosynth.coco.document import Document
from cocosynth.core.values import Problem, Size

IMAGES = 16
"""Images in a batch."""


class ImageTask(NamedTuple):
    """All that a worker needs to check one image."""

    position: int  # in the table of images
    name: str
    size: Size | None
    annotations: int
    records: list[tuple[int, bool, bytes]]  # of annotations whose segmentation is usable:
    # position, whether the box is known to be at fault, JSON


@dataclass(frozen=True)
class ImageBatch:
    """Some images to check: what a worker is handed at a time."""

    tasks: list[ImageTask]

    def __str__(self) -> str:
        return f"image {self.tasks[0].name}"


class CheckedBatch(NamedTuple):
    """What became of a batch: how many images it had, and what was found."""

    images: int
    problems: list[Problem]


def image_tasks(
    document: Document, tables: Tables, numbers: NDArray[np.int64]
) -> Iterator[ImageTask]:
    """Yield a task for each image.

    Parameters
    ----------
    document : Document
    tables : Tables
    numbers : ndarray of int64, shape (n, 3)
        Position, row of the image and faults of each annotation.
    """
    order = np.argsort(numbers[:, 1], kind="stable")
    position, rows, faults = numbers[order].T
    raws = document.tables["annotations"]
    for row, size in enumerate(tables.sizes):
        start, stop = np.searchsorted(rows, (row, row + 1))
        known = zip(position[start:stop].tolist(), faults[start:stop].tolist(), strict=True)
        records = [
            (i, bool(fault & BOX_FAULT), bytes(raws[i]))
            for i, fault in known
            if size and not fault & MASK_FAULT
        ]
        count = int(stop - start)
        yield ImageTask(tables.positions[row], tables.file_names[row], size, count, records)


def batches_of(tasks: Iterable[ImageTask]) -> Iterator[ImageBatch]:
    waiting = iter(tasks)
    while batch := list(islice(waiting, IMAGES)):
        yield ImageBatch(batch)


@dataclass(frozen=True)
class BatchChecker:
    """Checks images and the masks of their annotations.

    Attributes
    ----------
    folder : str or None
        Where the images are; None if only masks are looked at.
    exact : bool
    """

    folder: str | None
    exact: bool

    def __call__(self, batch: ImageBatch) -> CheckedBatch:
        problems = [problem for task in batch.tasks for problem in self._check(task)]
        return CheckedBatch(len(batch.tasks), problems)

    def _check(self, task: ImageTask) -> Iterator[Problem]:
        if self.folder is not None and task.name:
            where = f"$.images[{task.position}]"
            for rule, path, text in image_findings(
                self.folder, task.name, task.size, task.annotations
            ):
                yield Problem(rule, where + path, text)
        for position, box_known, content in task.records:
            annotation = msgspec.json.decode(content)
            assert task.size is not None  # else there are no records
            for rule, path, text in mask_findings(
                annotation, task.size, exact=self.exact, box_known=box_known
            ):
                where = f"$.annotations[{position}]{path}"
                yield Problem(rule, where, f"annotation {annotation['id']}: {text}")
