"""Keys of a COCO annotation that not all datasets have: keypoints, amodal masks, attributes."""

from __future__ import annotations

from typing import Any

import msgspec

from cocosynth.coco import rle
from cocosynth.coco.keypoints import labelled
from cocosynth.coco.polygons import polygons_of
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Box, Mask, Size
from cocosynth.export.context import ExportContext


def segmentation_of(mask: Mask, box: Box, size: Size, form: str) -> Any:
    """Write a mask that lies in a box of an image of this size.

    Parameters
    ----------
    form : str
        ``rle``, ``polygon``, or ``counts`` for an uncompressed RLE.
    """
    origin = (box.top, box.left)
    if form == "polygon":
        return polygons_of(mask, origin=origin)
    encode = rle.counts_of if form == "counts" else rle.encode
    return {"size": list(size), "counts": encode(mask, origin=origin, size=size)}


def bbox_of(box: Box) -> tuple[int, int, int, int]:
    """Return x, y, width and height."""
    return box.left, box.top, box.right - box.left, box.bottom - box.top


def further_keys(annotation: Annotation, sample: Sample, context: ExportContext) -> dict[str, Any]:
    """Return what a record has beside the keys that all of them have."""
    keys: dict[str, Any] = {}
    points = annotation.keypoints
    if points:
        keys["keypoints"] = [number for point in points for number in point]
        keys["num_keypoints"] = labelled(points)
    if annotation.full is not None:
        keys |= _amodal(annotation, sample.scene.size, context.options.segmentation)
    if context.options.attributes:
        keys["attributes"] = _attributes(annotation, sample, context)
    return keys


def _amodal(annotation: Annotation, size: Size, form: str) -> dict[str, Any]:
    assert annotation.full is not None
    mask, box = annotation.full
    keys = {"amodal_bbox": bbox_of(box), "amodal_area": int(mask.sum())}
    if form == "none":
        return keys
    written = msgspec.json.encode(segmentation_of(mask, box, size, form))
    return {"amodal_segmentation": msgspec.Raw(written), **keys}


def _attributes(annotation: Annotation, sample: Sample, context: ExportContext) -> dict[str, Any]:
    """Say how an object lies in its image, and where it comes from."""
    if annotation.placement is None:
        number, source_id = sample.scene.background.photo, annotation.background_annotation_id
    else:
        number, source_id, _ = sample.origins[annotation.placement]
    photo = context.photos[number]
    known = {
        "dataset": photo.source,
        "file_name": photo.file_name,
        "source_image_id": photo.image_id,
        "source_annotation_id": source_id,
        "blend": annotation.blend or None,
    }
    return {
        "visibility": annotation.visibility,
        "occluded": annotation.occluded,
        "truncated": annotation.truncated,
        "z_order": annotation.z_order,
        "pasted": annotation.placement is not None,
        **{key: value for key, value in known.items() if value is not None},
    }
