"""Size and orientation of an image file, read without its pixels, and whether its end is there."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO

from PIL import Image as pillow

from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import (
    BANDS,
    ORIENTATION,
    ORIENTED,
    TRUNCATED,
    OtherTiffError,
    ends_of,
    is_deep,
    jpeg_frame,
    on_this_machine,
    opened,
    refuse_irregular,
)
from cocosynth.core.tiff_bands import TiffLayout, bands_of_colours, tiff_layout
from cocosynth.core.urls import as_url
from cocosynth.core.values import MAX_PIXELS, Size

_JPEG = b"\xff\xd8"
_HEAD = 1 << 16  # bytes of a JPEG file that hold its header, unless there is much metadata
_NEAR = 1 << 12  # and where there is none
_WIDTH, _HEIGHT = 0x0100, 0x0101  # TIFF tags
_TURNED = frozenset((5, 6, 7, 8))  # orientations that swap height and width


@dataclass(frozen=True)
class ImageHeader:
    """What the first bytes of an image file say."""

    size: Size  # as stored, before any EXIF orientation
    turned: bool  # EXIF orientation swaps height and width
    bands: int = 3
    deep: bool = False  # its numbers have more than 8 bits
    named: bool = True  # the file says which bands show colours

    @property
    def upright_size(self) -> Size:
        return (self.size[1], self.size[0]) if self.turned else self.size


def image_header(path: str | Path) -> ImageHeader:
    """Read size, orientation and kind of an image without decoding its pixels.

    JPEG and PNG files are looked at from both ends, so that one cut short is known before anything
    is planned with it.

    Raises
    ------
    UnusableError
        If the file is missing, truncated, or is no image.
    """
    plain = _plain_jpeg_header(path)
    if plain is not None:
        return plain
    try:
        return _pillow_header(path)
    except OtherTiffError:
        return _tiff_header(tiff_layout(path))


def _pillow_header(path: str | Path) -> ImageHeader:
    with opened(path, ends=ends_of(path)) as image:
        exif = _exif(image, path)
        turned = exif.get(ORIENTATION) in _TURNED
        size = (image.height, image.width)
        if turned and image.format == "TIFF":  # Pillow gives the upright size of these
            size = (exif[_HEIGHT], exif[_WIDTH])
        bands = exif.get(BANDS, 1) if image.format == "TIFF" else len(image.getbands())
        return ImageHeader(size, turned, bands, is_deep(image))


def _tiff_header(layout: TiffLayout) -> ImageHeader:
    try:
        bands_of_colours(layout)
    except UnusableError:
        named = False
    else:
        named = True
    turned, deep = layout.orientation in _TURNED, layout.numbers.itemsize > 1
    return ImageHeader(layout.size, turned, layout.bands, deep, named)


def _plain_jpeg_header(path: str | Path) -> ImageHeader | None:
    """Read the header of a JPEG file that says nothing of an orientation; None for all others."""
    url = as_url(path)
    ends = ends_of(path) if url else None
    try:
        if ends is None:
            file = on_this_machine(path) if url else path
            refuse_irregular(file)
            ends = FileIO(file)
        with ends as stream:
            content = stream.read(_NEAR)
            frame = jpeg_frame(content)
            if not frame and content.startswith(_JPEG) and len(content) == _NEAR:
                content += stream.read(_HEAD - _NEAR)
                frame = jpeg_frame(content)
            goes_on = content.startswith(_JPEG) and (frame or len(content) == _HEAD)
            if goes_on and not _jpeg_ends(stream, frame):
                raise UnusableError(TRUNCATED)
    except (OSError, ValueError):
        raise UnusableError("image file cannot be read") from None
    before = content[:frame]
    if not frame or any(mark in before for mark in ORIENTED):
        return None
    height, width = struct.unpack(">HH", content[frame + 5 : frame + 9])
    if height * width > MAX_PIXELS:
        raise UnusableError("image is too large")
    return ImageHeader((height, width), turned=False) if height and width else None


def _jpeg_ends(stream: IO[bytes], frame: int) -> bool:
    """Say whether the mark of the end stands anywhere behind the header of a JPEG file."""
    length = stream.seek(0, os.SEEK_END)
    for near in (_NEAR, _HEAD, length):  # all of it only where the tail has none
        start = max(frame, length - near)
        stream.seek(start)
        if stream.read().rfind(b"\xff\xd9") >= 0:
            return True
    return False


def _exif(image: pillow.Image, path: str | Path) -> pillow.Exif:
    """Return the metadata of an image, without what Pillow does to find some behind a PNG's pixels.

    It would decode the whole file.
    """
    if image.format == "PNG" and not _png_goes_on(path):
        return pillow.Image.getexif(image)
    return image.getexif()


def _png_goes_on(path: str | Path) -> bool:
    """Say whether anything but the end comes after the pixels of a PNG file.

    Raises
    ------
    UnusableError
        If it has no end.
    """
    pixels_seen = False
    with on_this_machine(path).open("rb", buffering=0) as stream:
        stream.seek(8)  # behind the signature
        while len(start := stream.read(8)) == 8:
            length, kind = int.from_bytes(start[:4], "big"), start[4:]
            if kind == b"IEND":
                return False
            if pixels_seen and kind != b"IDAT":
                return True
            pixels_seen |= kind == b"IDAT"
            stream.seek(length + 4, os.SEEK_CUR)
    raise UnusableError(TRUNCATED)
