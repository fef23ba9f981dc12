"""A sample in the form in which each library takes it; no library is imported here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from cocosynth.core.errors import CocosynthError
from cocosynth.core.sample import Sample
from cocosynth.core.suggest import choices
from cocosynth.export.coco import CocoExporter
from cocosynth.export.context import ExportContext


@dataclass(frozen=True)
class Labels:
    """Which number each category has in a network.

    Attributes
    ----------
    context : ExportContext
        Of the build whose labels these are.
    names : tuple of str
        Of the classes, from number 0 on.
    numbers : mapping of int to int
        From the ids of categories in samples to positions in `names`.
    """

    context: ExportContext
    names: tuple[str, ...]
    numbers: Mapping[int, int]

    @classmethod
    def of(cls, context: ExportContext, classes: Sequence[str] | None) -> Labels:
        """Number the categories as given, or else in the order of the files that `build` writes.

        Raises
        ------
        CocosynthError
            If a category that an image may show is not among the classes.
        """
        written = {category.id: category.name for category in context.categories}
        names = tuple(written.values()) if classes is None else tuple(classes)
        for name in written.values():
            if name not in names:
                raise CocosynthError(
                    f"classes: the category {name!r} of the configuration is missing; name every "
                    f"category that an image may show: {choices(name, names)}"
                )
        places = {name: number for number, name in enumerate(names)}
        numbers = {own: places[written[number]] for own, number in context.category_ids.items()}
        return cls(context, names, numbers)


def coco_target(sample: Sample, image_id: int, labels: Labels) -> dict[str, Any]:
    """Return the annotations as the records of the COCO file of a build.

    Returns
    -------
    dict
        ``image_id``, and ``annotations``. Their ids count from 1 in each image: those of a build go
        on from image to image.
    """
    context = labels.context
    written = CocoExporter(context).write(sample).annotations
    records = [
        one.record(number, image_id, context.category_id(one.category_id))
        for number, one in enumerate(written, start=1)
    ]
    plain = [msgspec.json.decode(msgspec.json.encode(record)) for record in records]
    return {"image_id": image_id, "annotations": plain}


def torchvision_target(sample: Sample, image_id: int, labels: Labels) -> dict[str, Any]:
    """Return what torchvision's detectors are trained on, as arrays; crowds are skipped.

    Returns
    -------
    dict
        ``boxes`` (n, 4) float32: x1, y1, x2, y2; ``labels`` (n,) int64, from 1; ``masks``
        (n, H, W) uint8; ``image_id``.
    """
    shown = [one for one in sample.annotations if not one.crowd]
    masks = np.zeros((len(shown), *sample.labels.shape), dtype=np.uint8)
    for mask, one in zip(masks, shown, strict=True):
        mask[one.box.slices] = one.mask
    boxes = [(one.box.left, one.box.top, one.box.right, one.box.bottom) for one in shown]
    numbers = [labels.numbers[one.category_id] + 1 for one in shown]
    return {
        "boxes": np.array(boxes, dtype=np.float32).reshape(-1, 4),
        "labels": np.array(numbers, dtype=np.int64),
        "masks": masks,
        "image_id": image_id,
    }


def mmdet_results(sample: Sample, image_id: int, labels: Labels) -> dict[str, Any]:
    """Return what a pipeline of mmdet has after `LoadImageFromFile`: pixels and instances.

    `LoadAnnotations` comes next, as for any dataset. Pixels are in the order of OpenCV, blue first.
    """
    height, width = sample.labels.shape
    records = coco_target(sample, image_id, labels)["annotations"]
    instances = [
        {
            "bbox": [left, top, left + across, top + down],
            "bbox_label": labels.numbers[one.category_id],
            "ignore_flag": record["iscrowd"],
            **({"mask": record["segmentation"]} if "segmentation" in record else {}),
        }
        for one, record in zip(sample.annotations, records, strict=True)
        for left, top, across, down in [record["bbox"]]
    ]
    return {
        "img": np.ascontiguousarray(sample.image[..., ::-1]),
        "img_id": image_id,
        "img_path": f"{sample.scene.split}/{sample.file_name}",
        "height": height,
        "width": width,
        "img_shape": (height, width),
        "ori_shape": (height, width),
        "instances": instances,
    }
