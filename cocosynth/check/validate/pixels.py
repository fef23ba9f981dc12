"""The pixels level: image files, and masks that are drawn by polygons, a few images at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from cocosynth.check.validate.annotations import grown
from cocosynth.check.validate.columns import POLYGONS, Columns, Flags, Floats, Ints, quietly
from cocosynth.check.validate.findings import Findings
from cocosynth.check.validate.image_rules import ImageFile, find, look_at
from cocosynth.check.validate.raster import Drawn, draw
from cocosynth.check.validate.rows import RowFindings
from cocosynth.check.validate.tables import Tables
from cocosynth.coco.document import Document
from cocosynth.coco.image_paths import ImagePaths
from cocosynth.coco.masks import MAX_OUTLINE
from cocosynth.core.executors import Executor
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.progress import Progress
from cocosynth.core.urls import place
from cocosynth.core.values import Size

IMAGES = 16
"""Images in a batch."""

MAX_PIXELS = 1 << 31
"""The largest image whose polygons are drawn: pycocotools counts pixels in 32 bits."""


class ImageTask(NamedTuple):
    """All that a worker needs to look at one image."""

    row: int  # in the table of images
    name: str
    file: ImageFile | None  # where image files are looked at
    size: Size | None
    drawn: Ints  # rows of the annotations whose polygons are to be drawn
    boxes: Floats  # their grown boxes: left, top, right, bottom
    records: list[bytes]  # their JSON


@dataclass(frozen=True)
class ImageBatch:
    """Some images to look at: what a worker is handed at a time."""

    tasks: list[ImageTask]

    def __str__(self) -> str:
        return f"image {self.tasks[0].name}"


class SeenBatch(NamedTuple):
    """What became of a batch."""

    images: int
    files: list[tuple[int, ImageFile]]  # row of the image, and what its file is
    rows: Ints  # of annotations
    drawn: Drawn


class _Polygons(msgspec.Struct, gc=False):
    segmentation: list[list[float]]


@dataclass(frozen=True)
class BatchViewer:
    """Looks at image files and draws polygons.

    Attributes
    ----------
    folder : str or None
        Where the images are; None if only masks are looked at.
    """

    folder: str | None

    def _read(self, task: ImageTask) -> list[Path]:
        """Return the files that are read for a task."""
        if self.folder is None or task.file is None or task.file.missing is not None:
            return []
        return [place(self.folder) / task.file.name]

    @quietly
    def __call__(self, batch: ImageBatch) -> SeenBatch:
        seen = [] if self.folder is None else [
            (task.row, look_at(self.folder, task.file, task.size))
            for task in fetched_ahead(batch.tasks, self._read)
            if task.file is not None
        ]  # fmt: skip
        objects = [
            (msgspec.json.decode(record, type=_Polygons).segmentation, task.size)
            for task in batch.tasks
            if task.size is not None  # else there is none to draw
            for record in task.records
        ]
        rows = np.concatenate([task.drawn for task in batch.tasks])
        boxes = np.concatenate([task.boxes for task in batch.tasks])
        return SeenBatch(len(batch.tasks), seen, rows, draw(objects, boxes))


def look(
    document: Document,
    tables: Tables,
    columns: Columns,
    folder: str | None,
    executor: Executor,
    progress: Progress,
) -> tuple[Flags, list[tuple[int, ImageFile]]]:
    """Look at all images and masks; fill in what columns know of masks.

    Returns
    -------
    crossing : ndarray of bool
        Which annotations have a polygon that crosses itself.
    files : list of (int, ImageFile)
        What the file of each image is, by the row of the image.
    """
    crossing = np.zeros(len(columns), np.bool_)
    files: list[tuple[int, ImageFile]] = []
    batches = _batches(_tasks(document, tables, columns, folder))
    answers = executor(BatchViewer(folder), batches)
    total = len(tables.sizes)
    for seen in progress("checking images", answers, total, lambda done: done.images):
        files += seen.files
        rows = seen.rows
        columns.pixels[rows], columns.inside[rows] = seen.drawn.pixels, seen.drawn.inside
        columns.tight[rows] = seen.drawn.tight
        crossing[rows] = seen.drawn.crossing
    return crossing, files


def is_drawable(columns: Columns) -> Flags:
    """Say which annotations have polygons that can be drawn."""
    small = columns.size.prod(axis=1) <= MAX_PIXELS
    return (columns.kind == POLYGONS) & columns.sound & small & (columns.outline <= MAX_OUTLINE)


def _tasks(
    document: Document, tables: Tables, columns: Columns, folder: str | None
) -> Iterator[ImageTask]:
    paths = None if folder is None else ImagePaths(folder, tables.file_names)
    order = np.argsort(columns.image, kind="stable")
    starts = np.searchsorted(columns.image[order], np.arange(len(tables.sizes) + 1))
    drawable = is_drawable(columns)
    boxes = grown(columns.boxes, columns.size)
    raws = document.tables["annotations"]
    for image, size in enumerate(tables.sizes):
        own = order[starts[image] : starts[image + 1]]
        drawn = own[drawable[own]]
        records = [bytes(raws[position]) for position in columns.position[drawn].tolist()]
        name = tables.file_names[image]
        file = None if paths is None or not name else find(name, paths)
        yield ImageTask(image, name, file, size, drawn, boxes[drawn], records)


def _batches(tasks: Iterable[ImageTask]) -> Iterator[ImageBatch]:
    waiting = iter(tasks)
    while batch := list(islice(waiting, IMAGES)):
        yield ImageBatch(batch)


def check_drawn(columns: Columns, crossing: Flags, rows: RowFindings, findings: Findings) -> None:
    """Report what cannot be drawn, and what crosses itself."""
    polygons = (columns.kind == POLYGONS) & columns.sound
    far = polygons & ~(columns.outline <= MAX_OUTLINE)
    large = polygons & ~far & (columns.size.prod(axis=1) > MAX_PIXELS)
    too_far = "its polygons reach far outside the image"
    rows.add("mask-invalid", far, ".segmentation", lambda row: too_far)
    rows.add(
        "polygon-crosses-itself", crossing, ".segmentation",
        lambda row: "its outline encloses another number of pixels than it fills",
    )  # fmt: skip
    if large.any():
        findings.notes.append(
            f"{int(large.sum())} masks were not checked: their images have more than {MAX_PIXELS} "
            "pixels"
        )
