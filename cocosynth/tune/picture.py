"""A composed image as the page shows it: the file that a build would write, and its objects."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.check.draw import color_of, in_page
from cocosynth.core import images
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Box, Category, Image
from cocosynth.export.options import Export

LONGEST = 640
"""Pixels of the longer side of a picture in the grid; larger images are shown smaller there."""

_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True)
class Shown:
    """How pictures are to be sent.

    Attributes
    ----------
    export : Export
    categories : mapping of int to Category
    full : bool
        Whether in full size: the bytes of the file that a build writes.
    """

    export: Export
    categories: Mapping[int, Category]
    full: bool = False

    def color(self, annotation: Annotation, number: int) -> str:
        """Return the color of an object, as a preview and a report have it."""
        position = list(self.categories).index(annotation.category_id)
        return in_page(color_of(position, len(self.categories), number))


def picture_of(sample: Sample, index: int, shown: Shown) -> dict[str, Any]:
    """Describe an image for the page, its pixels included.

    Outlines and boxes are in pixels of the canvas, whatever the size of the picture.
    """
    height, width = sample.image.shape[:2]
    kind, content = _encoded(sample.image, shown)
    return {
        "kind": "scene",
        "index": index,
        "name": sample.file_name,
        "width": width,
        "height": height,
        "type": _TYPES[kind],
        "picture": base64.b64encode(content).decode("ascii"),
        "labels": _labels(sample),
        "objects": [
            _object(one, shown.categories[one.category_id], shown.color(one, number))
            for number, one in enumerate(sample.annotations)
        ],
        "distractors": [
            sample.scene.placements[one.placement].distractor
            for one in sample.unlabelled
            if one.placement is not None
        ],
    }


def _object(annotation: Annotation, category: Category, color: str) -> dict[str, Any]:
    return {
        "name": category.name,
        "color": color,
        "box": _corner_and_size(annotation.box),
        "path": _outline(annotation.mask, annotation.box),
        "points": [list(point) for point in annotation.keypoints],
        "lines": [[one - 1, other - 1] for one, other in category.skeleton],
        "visibility": round(annotation.visibility, 3),
        "pasted": annotation.placement is not None,
    }


def _encoded(image: Image, shown: Shown) -> tuple[str, bytes]:
    export = shown.export
    longest = max(image.shape[:2])
    if shown.full or longest <= LONGEST:
        kind = export.image_format
        return kind, images.encode_image(
            image, kind, quality=export.quality, compression=export.png_compression
        )
    size = [max(1, round(side * LONGEST / longest)) for side in image.shape[1::-1]]
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return "jpg", images.encode_image(small, "jpg", quality=90)


def _labels(sample: Sample) -> str:
    """Name the labels of an image: the same name, the same labels."""
    digest = hashlib.sha256(np.ascontiguousarray(sample.labels).tobytes())
    for annotation in sample.annotations:
        digest.update(f"{annotation.category_id} {annotation.box} {annotation.placement};".encode())
    return digest.hexdigest()[:16]


def _corner_and_size(box: Box) -> list[int]:
    return [box.left, box.top, box.right - box.left, box.bottom - box.top]


def _outline(mask: NDArray[np.bool_], box: Box) -> str:
    """Return the outline of a mask as a path of SVG, through the centres of its border pixels."""
    rings, _ = cv2.findContours(
        np.ascontiguousarray(mask).view(np.uint8),
        cv2.RETR_CCOMP,
        cv2.CHAIN_APPROX_SIMPLE,
        offset=(box.left, box.top),
    )
    return "".join(
        "M" + "L".join(f"{x + 0.5:g} {y + 0.5:g}" for x, y in ring[:, 0].tolist()) + "Z"
        for ring in rings
    )
