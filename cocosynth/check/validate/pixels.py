"""The pixels level: image files and masks, an image at a time, in one process or several."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.validate.annotations import BOX_FAULT, MASK_FAULT
from cocosynth.check.validate.image_rules import image_findings
from cocosynth.check.validate.mask_rules import mask_findings
from cocosynth.check.validate.small_tables import Tables
from cocosynth.coco.document import Document
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Problem, Size

IMAGES = 16
"""Images in one task for a worker."""


class ImageTask(NamedTuple):
    """All that a worker needs to check one image."""

    position: int  # in the table of images
    name: str
    size: Size | None
    annotations: int
    records: list[tuple[int, bool, bytes]]  # of annotations whose segmentation is usable:
    # position, whether the box is known to be at fault, JSON


class Options(NamedTuple):
    """What is the same for all images."""

    folder: str | None
    exact: bool


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


def check_images(tasks: list[ImageTask], options: Options) -> list[Problem]:
    """Check some images and the masks of their annotations."""
    return [problem for task in tasks for problem in _check_image(task, options)]


def _check_image(task: ImageTask, options: Options) -> Iterator[Problem]:
    if options.folder is not None and task.name:
        where = f"$.images[{task.position}]"
        for rule, path, text in image_findings(
            options.folder, task.name, task.size, task.annotations
        ):
            yield Problem(rule, where + path, text)
    for position, box_known, content in task.records:
        annotation = msgspec.json.decode(content)
        assert task.size is not None  # else there are no records
        for rule, path, text in mask_findings(
            annotation, task.size, exact=options.exact, box_known=box_known
        ):
            where = f"$.annotations[{position}]{path}"
            yield Problem(rule, where, f"annotation {annotation['id']}: {text}")


def run(
    tasks: Iterable[ImageTask], options: Options, *, workers: int
) -> Iterator[tuple[int, list[Problem]]]:
    """Check images, in order; yield how many were checked and what was found.

    Raises
    ------
    CocosynthError
        If a worker dies.
    """
    batches = _batches(iter(tasks))
    if workers <= 1:
        yield from ((len(batch), check_images(batch, options)) for batch in batches)
        return
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield from _bounded(batches, options, pool.submit, 2 * workers)
    except BrokenProcessPool:
        raise CocosynthError(
            "a worker process died while checking images, perhaps for want of memory; "
            "use fewer workers"
        ) from None


def _batches(tasks: Iterator[ImageTask]) -> Iterator[list[ImageTask]]:
    while batch := list(islice(tasks, IMAGES)):
        yield batch


def _bounded(
    batches: Iterator[list[ImageTask]],
    options: Options,
    submit: Callable[..., Future[list[Problem]]],
    most: int,
) -> Iterator[tuple[int, list[Problem]]]:
    waiting: deque[tuple[int, Future[list[Problem]]]] = deque()
    for batch in batches:
        waiting.append((len(batch), submit(check_images, batch, options)))
        if len(waiting) >= most:
            count, future = waiting.popleft()
            yield count, future.result()
    for count, future in waiting:
        yield count, future.result()
