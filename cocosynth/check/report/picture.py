"""What a worker makes of one image: a thumbnail, outlines, looks; of a photograph the first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import msgspec

from cocosynth.check.report.looks import Looks, looks_of
from cocosynth.check.report.outlines import rings_of
from cocosynth.core import files, images
from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import image_bytes
from cocosynth.core.values import MAX_PIXELS, Bgr, Image, Size

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
                shown = _shrunk(image, self.side)
                thumbnail = _put(images.encode_image(shown, "jpg", quality=QUALITY), work)
        records = [_record(raw) for raw in work.annotations]
        return Drawn(
            *(size, thumbnail, fault, looks),
            tuple(rings_of(r.get("segmentation"), size, scale) if known else [] for r in records),
            tuple(_points(r.get("keypoints")) for r in records),
        )


@dataclass(frozen=True)
class DrawSmall:
    """Draws photographs of which a thumbnail is all that is needed: decoded small where they can.

    Attributes
    ----------
    side : int
        As for `Draw`.
    """

    side: int

    def __call__(self, work: Work) -> Drawn:
        size, thumbnail, fault = work.size, b"", work.fault
        if work.path is not None:
            try:
                small, size = _small(work.path, self.side, work)
                thumbnail, fault = _put(images.encode_bgr(small, "jpg", quality=QUALITY), work), ""
            except UnusableError as error:
                fault = str(error)
        return Drawn(size, thumbnail, fault, None, (), ())


def _small(path: str, side: int, work: Work) -> tuple[Bgr, Size]:
    """Return a picture whose longer side is this at the most, and the size that it has."""
    content = image_bytes(path)
    if work.sha256 and hashlib.sha256(content).hexdigest() != work.sha256:
        raise UnusableError("image file has changed")
    bgr, size = images.read_small(path, side, upright=work.upright, content=content)
    return _shrunk(bgr, side), size


def _put(content: bytes, work: Work) -> bytes:
    """Write a thumbnail to its file; return it where it has none."""
    if work.target is None:
        return content
    files.write_atomic(work.target, content)
    return b""


def _opened(work: Work) -> tuple[Image | None, str]:
    if work.path is None:
        return None, work.fault
    try:
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
