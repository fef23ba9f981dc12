"""Exporters: from samples to files; one file a format.

Every build writes its images and `scenes`; the configuration names the formats besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, TypeVar

from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.export.coco import CocoExporter
from cocosynth.export.coco_keypoints import CocoKeypointsExporter
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.panoptic import PanopticExporter
from cocosynth.export.scenes import ScenesExporter
from cocosynth.export.semantic import SemanticExporter
from cocosynth.export.voc import VocExporter
from cocosynth.export.webdataset import WebdatasetExporter
from cocosynth.export.yolo import YoloExporter
from cocosynth.export.yolo_detect import YoloDetectExporter
from cocosynth.export.yolo_pose import YoloPoseExporter

Part = TypeVar("Part")

__all__ = ["EXPORTERS", "ExportContext", "Exporter", "Numbered", "Sample", "ScenesExporter"]

EXPORTERS: dict[str, type[Exporter[Any]]] = {
    "coco": CocoExporter,
    "coco_keypoints": CocoKeypointsExporter,
    "panoptic": PanopticExporter,
    "semantic": SemanticExporter,
    "voc": VocExporter,
    "webdataset": WebdatasetExporter,
    "yolo": YoloExporter,
    "yolo_detect": YoloDetectExporter,
    "yolo_pose": YoloPoseExporter,
}


class Exporter(Protocol[Part]):
    """Writes the files of one format.

    An exporter is a frozen dataclass. Its first field, `context`, is given to it; the others are
    its parameters. It writes below ``context.folder``: into the folders of the images, and what its
    products name. One that has files over all splits also has ``close()``, called at the very end.
    One whose files hold some images each has ``images_a_piece``, how many, and
    ``write_piece(split, number, parts)``, which is called in workers in place of `finish`, where
    there is more than one piece.

    Attributes
    ----------
    products : tuple of str
        The files and folders of the dataset that are its own; folders, which are made for it, end
        in a slash.
    """

    products: ClassVar[tuple[str, ...]]

    def write(self, sample: Sample) -> Part:
        """Write what concerns one image alone, in a worker, in any order.

        Returns
        -------
        Part
            What `finish` has to know of the image: a small value of a type that msgspec reads and
            writes, which the annotation of this method names.
        """

    def finish(self, split: str, parts: Iterable[Numbered[Part]]) -> Iterable[SkippedRow] | None:
        """Write what concerns a split, in one process.

        Parameters
        ----------
        split : str
        parts : iterable of Numbered
            Those of all its images, in their order; read from disk while they are taken.

        Returns
        -------
        iterable of SkippedRow or None
            What the format cannot hold, if there was any of it.
        """
