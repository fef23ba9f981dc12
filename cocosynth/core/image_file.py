"""Image files as bytes: what is opened at all, and what damage looks like."""

from __future__ import annotations

import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from PIL import Image as pillow
from PIL import UnidentifiedImageError

from cocosynth.core import image_formats
from cocosynth.core.errors import UnusableError
from cocosynth.core.node import refuse_unseen
from cocosynth.core.urls import as_url
from cocosynth.core.values import MAX_PIXELS

MAX_BYTES = 2**30
"""The longest image file read: 16 bits of 4 channels for each of the most pixels."""

DAMAGE = (  # what Pillow raises about damaged files
    *(OSError, EOFError, MemoryError, SyntaxError, struct.error, zlib.error),
    *(AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError),
    *(RuntimeError, ZeroDivisionError),
)

TRUNCATED = "image file is truncated or damaged"

ORIENTED = (b"Exif\0\0", b"http://ns.adobe.com/xap", b"MPF\0")
"""Marks of the metadata of a JPEG file that an orientation may stand in."""

ORIENTATION = 0x0112  # the tag of EXIF and TIFF
BITS, COMPRESSION, PHOTOMETRIC = 0x0102, 0x0103, 0x0106  # tags of TIFF
BANDS, PLANAR = 0x0115, 0x011C


class OtherTiffError(UnusableError):
    """A TIFF file whose pixels Pillow does not know, or gets wrong; `tiff_bands` may know them."""

    def __init__(self) -> None:
        super().__init__("TIFF file of a kind that is not read")


def on_this_machine(path: str | Path) -> Path:
    """Return where an image file can be opened: for a URL, it is fetched.

    Raises
    ------
    UnusableError
        If there is none at the URL, or it is too large.
    """
    if url := as_url(path):
        from cocosynth.core.storage import cache, remote

        found = remote.status(url)
        if found is None:
            raise UnusableError("image file is missing")
        if found.size > MAX_BYTES:
            raise UnusableError("image is too large")
        return cache.local(url)
    return path if isinstance(path, Path) else Path(path)


def ends_of(path: str | Path) -> IO[bytes] | None:
    """Open a large JPEG file at a URL to read its header without fetching it; None for others."""
    if url := as_url(path):
        from cocosynth.core.storage import ends

        return cast("IO[bytes] | None", ends.opened(url))
    return None


def refuse_irregular(path: str | Path) -> None:
    """Stay away from folders, and from pipes and devices, which may never end."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of each of many photographs
    except (OSError, ValueError):
        refuse_unseen(path)
        raise UnusableError("image file is missing") from None
    if not stat.S_ISREG(found.st_mode):
        raise UnusableError("image file is not a regular file")
    if found.st_size > MAX_BYTES:
        raise UnusableError("image is too large")


@contextmanager
def opened(path: str | Path, *, ends: IO[bytes] | None = None) -> Iterator[pillow.Image]:
    """Open an image file; its header alone is read from its ends."""
    if ends is None:
        path = on_this_machine(path)
    try:
        if ends is None:
            refuse_irregular(path)
        with warnings.catch_warnings(), ends or Path(path).open("rb") as stream:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or does no harm
            # from a stream: Pillow mixes up the sides of turned TIFF files
            with pillow.open(stream, formats=image_formats.formats()) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise UnusableError("image is too large")
                if image.format == "TIFF" and _is_misread(image):
                    raise OtherTiffError
                yield image
    except UnidentifiedImageError:
        raise _unknown(path) from None
    except pillow.DecompressionBombError:
        raise UnusableError("image is too large") from None
    except DAMAGE as error:
        if getattr(error, "errno", None) is None:  # Pillow's word, not the system's
            raise UnusableError(TRUNCATED) from None
        refuse_unseen(path)
        raise UnusableError("image file cannot be read") from None


def is_deep(image: pillow.Image) -> bool:
    """Say whether the numbers of a picture have more than 8 bits, before Pillow converts them."""
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        return tags.get(PHOTOMETRIC) in (0, 1, 2) and max(tags.get(BITS, (1,))) > 8
    if image.mode.startswith(("I", "F")):
        return True
    kept = image.tile[:1]  # type: ignore[attr-defined]
    return image.format == "PNG" and any(str(tile[3]).endswith(";16B") for tile in kept)


def image_bytes(path: str | Path) -> bytes:
    place = on_this_machine(path) if as_url(path) else path
    try:
        refuse_irregular(place)
        with open(place, "rb", buffering=0) as stream:  # noqa: PTH123 - each image
            return stream.readall()
    except (OSError, ValueError):
        refuse_unseen(path)
        raise UnusableError("image file cannot be read") from None


def _is_misread(image: pillow.Image) -> bool:
    """Say whether uncompressed bands of more than 8 bits lie one after the other.

    Pillow takes them for bands of 8 bits.
    """
    tags = image.tag_v2  # type: ignore[attr-defined]
    is_planar = tags.get(PLANAR) == 2 and tags.get(BANDS, 1) > 1
    return is_planar and tags.get(COMPRESSION, 1) == 1 and max(tags.get(BITS, (1,))) > 8


def _unknown(path: str | Path) -> UnusableError:
    """Say what a file is that Pillow cannot read."""
    with Path(path).open("rb") as stream:
        head = stream.read(image_formats.HEAD)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return OtherTiffError()
    name = image_formats.unread_format(head)
    if name:
        return UnusableError(f"file is in the format {name}, which is not read: convert it to PNG")
    return UnusableError("file is not an image")


def jpeg_frame(content: bytes) -> int:
    """Return where the frame header of a JPEG file starts, 0 where there is none.

    Its tenth byte is the number of colour components.
    """
    at = 2 if content[:2] == b"\xff\xd8" else len(content)
    while at + 10 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return at
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big") if marker != 0xFF else 1
    return 0
