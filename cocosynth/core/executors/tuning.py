"""What makes a process fast at working through images."""

from __future__ import annotations

import ctypes
import os
import sys

import cv2

from cocosynth.core.memory import TO_BEGIN_WITH, has_room

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of mallopt, see its manual page
_KEPT = 256 << 20  # bytes


def tune() -> None:
    """Give this process to one image at a time.

    OpenCV gets one thread, as the processes share the cores among them. The C library keeps freed
    memory: by default glibc gives the megabytes of every image back to the system and takes them
    again, page by page.

    Raises
    ------
    MemoryError
        If memory is limited, and so little is left that a library may wait for more for ever.
    """
    if not has_room(os.getpid(), TO_BEGIN_WITH):
        raise MemoryError
    cv2.setNumThreads(1)
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_MAX, 0)  # else what is larger than 32 MB is taken anew each time
            mallopt(_TRIM_THRESHOLD, _KEPT)
