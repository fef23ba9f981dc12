"""COCO keypoints: beside the instances, a file of the categories that have keypoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import msgspec

from cocosynth.coco.layout import Layout
from cocosynth.core import files
from cocosynth.core.sample import Sample
from cocosynth.export.coco import CocoExporter, CocoImage, write_file
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.with_keypoints import refuse_none, with_keypoints


class KeypointImage(msgspec.Struct, frozen=True):
    """An image with the annotations whose category has keypoints.

    Attributes
    ----------
    positions : list of int
        Those of the annotations among all of the image.
    """

    image: CocoImage
    positions: list[int]


@dataclass(frozen=True)
class CocoKeypointsExporter:
    """Keypoint files of COCO, ``person_keypoints_<split>.json``; ids are those of the instances.

    They lie in the folder of the instances, which `coco` owns.
    """

    context: ExportContext

    products: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        refuse_none(self.context, "coco_keypoints")

    def write(self, sample: Sample) -> KeypointImage:
        ids = {category.id for category in with_keypoints(self.context)}
        found = [n for n, each in enumerate(sample.annotations) if each.category_id in ids]
        kept = replace(sample, annotations=[sample.annotations[n] for n in found])
        return KeypointImage(CocoExporter(self.context).write(kept), found)

    def finish(self, split: str, parts: Iterable[Numbered[KeypointImage]]) -> None:
        """Write the file of a split."""
        path = Layout(self.context.folder).keypoints(split)
        files.make_folder(path.parent)
        context = replace(self.context, categories=with_keypoints(self.context))
        write_file(context, path, _chosen(parts), images=context.splits[split])


def _chosen(parts: Iterable[Numbered[KeypointImage]]) -> Iterator[Numbered[CocoImage]]:
    for each in parts:
        ids = [each.annotation_ids[position] for position in each.part.positions]
        yield Numbered(each.image_id, ids, each.part.image)
