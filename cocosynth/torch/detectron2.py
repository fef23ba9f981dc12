"""detectron2: a mapper that composes images while a detector trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cocosynth.core.optional import optional
from cocosynth.torch.dataset import CompositeDataset
from cocosynth.torch.targets import Labels, coco_target

optional("detectron2")

import torch  # noqa: E402
from detectron2.data import detection_utils  # noqa: E402
from detectron2.data import transforms as T  # noqa: E402, N812
from detectron2.structures import BoxMode  # noqa: E402


class CompositeMapper:
    """Compose the image that a record names, for `build_detection_train_loader`.

    Parameters
    ----------
    config : str, Path, mapping or Config
        As for `load_config`.
    split : str, optional
    augmentations : sequence
        Those of detectron2, such as ``ResizeShortestEdge``.
    image_format : {"BGR", "RGB"}
        ``cfg.INPUT.FORMAT``.
    mask_format : {"bitmask", "polygon"}
        ``cfg.INPUT.MASK_FORMAT``: ``polygon`` needs ``export: {segmentation: polygon}``.
    **options
        Further ones of `CompositeDataset`, such as ``folder``, ``bank`` and ``classes``.

    Attributes
    ----------
    records : list of dict
        One for each image of an epoch: the dataset of the loader. Their ``image_id`` says which.

    Examples
    --------
    >>> mapper = CompositeMapper("cocosynth.yaml")  # doctest: +SKIP
    >>> loader = build_detection_train_loader(  # doctest: +SKIP
    ...     mapper.records, mapper=mapper, total_batch_size=2
    ... )
    """

    def __init__(
        self,
        config: Any,
        split: str | None = None,
        *,
        augmentations: Sequence[Any] = (),
        image_format: str = "BGR",
        mask_format: str = "bitmask",
        **options: Any,
    ) -> None:
        self.composites = CompositeDataset(config, split, "coco", **options)
        self.classes = self.composites.classes
        self.records = [{"image_id": number} for number in range(1, len(self.composites) + 1)]
        self._augmentations = T.AugmentationList(list(augmentations))
        self._image_format, self._mask_format = image_format, mask_format
        context = self.composites.compositor.context
        self._labels = Labels.of(context, options.get("classes"))

    def set_epoch(self, epoch: int) -> None:
        """As that of `CompositeDataset`."""
        self.composites.set_epoch(epoch)

    def __call__(self, record: dict[str, Any]) -> dict[str, Any]:
        """Compose an image.

        Parameters
        ----------
        record : dict
            One of `records`.

        Returns
        -------
        dict
            As detectron2's own mapper returns it: ``image``, ``instances``, ``height``, ...
        """
        number = int(record["image_id"])
        sample = self.composites.sample(number - 1)
        pixels = sample.image[..., ::-1] if self._image_format == "BGR" else sample.image
        seen = T.AugInput(np.ascontiguousarray(pixels))
        transforms = self._augmentations(seen)
        size = seen.image.shape[:2]
        written = coco_target(sample, number, self._labels)["annotations"]
        annotations = [
            detection_utils.transform_instance_annotations(
                {
                    "bbox": one["bbox"],
                    "bbox_mode": BoxMode.XYWH_ABS,
                    "category_id": self._labels.numbers[annotation.category_id],
                    "iscrowd": 0,
                    **{key: one[key] for key in ("segmentation",) if key in one},
                },
                transforms,
                size,
            )
            for annotation, one in zip(sample.annotations, written, strict=True)
            if not annotation.crowd
        ]
        instances = detection_utils.annotations_to_instances(annotations, size, self._mask_format)
        height, width = sample.labels.shape
        return {
            "file_name": f"{sample.scene.split}/{sample.file_name}",
            "image_id": number,
            "height": height,
            "width": width,
            "image": torch.from_numpy(np.ascontiguousarray(seen.image.transpose(2, 0, 1))),
            "instances": detection_utils.filter_empty_instances(instances),
        }
