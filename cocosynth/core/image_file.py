"""Image files as bytes: what is opened at all, and what damage looks like."""

from __future__ import annotations

import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as pillow
from PIL import UnidentifiedImageError

from cocosynth.core.errors import UnusableError
from cocosynth.core.values import MAX_PIXELS

MAX_BYTES = 2**30
"""The longest image file read: 16 bits of 4 channels for each of the most pixels."""

_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # Pillow would run PostScript, too
DAMAGE = (  # what Pillow raises about damaged files
    *(OSError, EOFError, MemoryError, SyntaxError, struct.error, zlib.error),
    *(AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError),
    ZeroDivisionError,
)

TRUNCATED = "image file is truncated or damaged"

ORIENTATION = 0x0112  # the tag of EXIF and TIFF


def refuse_irregular(path: str | Path) -> None:
    """Stay away from folders, and from pipes and devices, which may never end."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        raise UnusableError("image file is missing") from None
    if not stat.S_ISREG(found.st_mode):
        raise UnusableError("image file is not a regular file")
    if found.st_size > MAX_BYTES:
        raise UnusableError("image is too large")


@contextmanager
def opened(path: str | Path) -> Iterator[pillow.Image]:
    try:
        refuse_irregular(path)
        with warnings.catch_warnings(), Path(path).open("rb") as stream:
            warnings.simplefilter("ignore")  # what Pillow warns of is refused, or does no harm
            with pillow.open(stream, formats=_FORMATS) as image:  # from a stream: Pillow mixes up
                if image.width * image.height > MAX_PIXELS:  # the sides of turned TIFF files
                    raise UnusableError("image is too large")
                yield image
    except UnidentifiedImageError:
        raise UnusableError("file is not an image") from None
    except pillow.DecompressionBombError:
        raise UnusableError("image is too large") from None
    except DAMAGE as error:
        if getattr(error, "errno", None) is None:  # Pillow's word, not the system's
            raise UnusableError(TRUNCATED) from None
        raise UnusableError("image file cannot be read") from None


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
