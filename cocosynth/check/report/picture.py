"""What a worker makes of one image: a thumbnail, outlines, and how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import msgspec

from cocosynth.check.report.looks import Looks, looks_of
from cocosynth.check.report.outlines import rings_of
from cocosynth.core import files, identity, images
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import MAX_PIXELS, Image, Size

QUALITY = 80
"""Of the JPEG files of thumbnails."""

Points = list[tuple[float, float, int]]


@dataclass(frozen=True)
class Work:
    """An image to look at.

    Attributes
    ----------
    path : str or None
        Of its file, where there is one.
    upright : bool
        Whether to apply its EXIF orientation.
    size : tuple of int
        Height and width that its record gives; zeros where it gives none.
    annotations : tuple of bytes
        Undecoded records.
    target : Path or None
        Where its thumbnail goes; into the answer if None.
    fault : str
        Why there is no file, where there is none.
    sha256 : str
        What its file must have; empty where nobody knows.
    """

    path: str | None
    upright: bool
    size: Size
    annotations: tuple[bytes, ...] = ()
    target: Path | None = None
    fault: str = "image file is missing"
    sha256: str = ""


class Drawn(NamedTuple):
    """What can be shown of an image.

    Attributes
    ----------
    size : tuple of int
        Height and width, of its file if there is one.
    thumbnail : bytes
        Empty where it went into a file, or there is none.
    fault : str
        Why its file cannot be shown; empty where it can.
    looks : Looks or None
    rings : tuple
        Of each annotation.
    points : tuple
        Of each annotation, its keypoints (x, y, visibility).
    """

    size: Size
    thumbnail: bytes
    fault: str
    looks: Looks | None
    rings: tuple[list[list[int]], ...]
    points: tuple[Points, ...]


@dataclass(frozen=True)
class Draw:
    """Draws images; no thumbnail is made where `side` is 0.

    Attributes
    ----------
    side : int
        The longest of a thumbnail, in pixels.
    """

    side: int

    def __call__(self, work: Work) -> Drawn:
        image, fault = _opened(work)
        size = work.size if image is None else (image.shape[0], image.shape[1])
        known = 0 < size[0] * size[1] <= MAX_PIXELS
        scale = max(size) / self.side if self.side else 1
        thumbnail, looks = b"", None
        if image is not None:
            looks = looks_of(image)
            if self.side:
                small = images.encode_image(_shrunk(image, self.side), "jpg", quality=QUALITY)
                if work.target is None:
                    thumbnail = small
                else:
                    files.write_atomic(work.target, small)
        records = [_record(raw) for raw in work.annotations]
        return Drawn(
            *(size, thumbnail, fault, looks),
            tuple(rings_of(r.get("segmentation"), size, scale) if known else [] for r in records),
            tuple(_points(r.get("keypoints")) for r in records),
        )


def _opened(work: Work) -> tuple[Image | None, str]:
    if work.path is None:
        return None, work.fault
    try:
        if work.sha256 and identity.sha256(work.path) != work.sha256:
            return None, "image file has changed"
        return images.read_image(work.path, upright=work.upright), ""
    except UnusableError as error:
        return None, str(error)


def _shrunk(image: Image, side: int) -> Image:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    wanted = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, wanted, interpolation=cv2.INTER_AREA)


def _record(raw: bytes) -> dict[str, Any]:
    record = msgspec.json.decode(raw)
    return record if isinstance(record, dict) else {}


def _points(said: Any) -> Points:
    """Return the labelled keypoints that an annotation has, in the order of its category's names.

    Those that are not labelled have the visibility 0.
    """
    if not isinstance(said, list) or len(said) % 3 or not all(map(_is_number, said)):
        return []
    triples: Sequence[tuple[float, float, float]] = list(
        zip(said[::3], said[1::3], said[2::3], strict=True)
    )
    return [(round(x, 1), round(y, 1), int(v)) for x, y, v in triples]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= 1e9
