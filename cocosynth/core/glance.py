"""A glance at an image file: what most files need before they are decoded, at little cost.

Of a hundred thousand photographs, each is opened once for its size and for what the system knows of
the file.
"""

from __future__ import annotations

import os
import stat
import struct
from functools import lru_cache
from typing import NamedTuple

from cocosynth.core.file_states import FileState
from cocosynth.core.image_file import MAX_BYTES, ORIENTED, jpeg_frame
from cocosynth.core.image_header import ImageHeader
from cocosynth.core.values import MAX_PIXELS

_JPEG = b"\xff\xd8"
_HEAD, _TAIL = 1 << 10, 1 << 6  # bytes of most JPEG files in which the header stands, and the end
_FAR = 1 << 16  # and where there is metadata
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Glance(NamedTuple):
    """The header of an image file, and the state that the file is in."""

    header: ImageHeader
    state: FileState


def glance(path: str) -> Glance | None:
    """Look at a plain JPEG file; None for what else may be there, or nothing.

    It is plain if it is no link, has its end, and says nothing of an orientation. `image_header`
    says what all others are.
    """
    if not hasattr(os, "O_NOFOLLOW"):
        return None
    try:
        file = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
            return None
        head = os.pread(file, _HEAD, 0)
        frame = jpeg_frame(head)
        if not frame and head.startswith(_JPEG):
            head += os.pread(file, _FAR, len(head))
            frame = jpeg_frame(head)
        start = max(frame, found.st_size - _TAIL)
        if not frame or os.pread(file, _TAIL, start).rfind(b"\xff\xd9") < 0:
            return None
    except OSError:
        return None
    finally:
        os.close(file)
    if any(mark in head[:frame] for mark in ORIENTED):
        return None
    header = _header(*struct.unpack_from(">HH", head, frame + 5))
    state = FileState(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return None if header is None else Glance(header, state)


@lru_cache(maxsize=4096)
def _header(height: int, width: int) -> ImageHeader | None:
    return ImageHeader((height, width), turned=False) if 0 < height * width <= MAX_PIXELS else None
