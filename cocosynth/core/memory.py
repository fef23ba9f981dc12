"""How much memory a process may have, and what it looks like where that is too little."""

from __future__ import annotations

import errno
import re
from pathlib import Path

TAKEN_AT_ONCE = 40 << 20
"""Bytes that OpenBLAS takes for its buffer when it is first used, and some more."""

TO_BEGIN_WITH = 256 << 20
"""Bytes that must be left where work begins: for three copies of OpenBLAS, and large images."""

_UNLOADED = re.compile(r"failed to map segment|annot allocate memory")
"""What the system says about a library that found no room."""


def memory_limit() -> str:
    """Return words about a limit on addresses, as `ulimit -v` sets one; empty where there is none.

    They follow what may have come of it.
    """
    try:
        import resource
    except ImportError:  # Windows
        return ""
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return ""
    return f" (memory is limited to {limit >> 20} MiB by `ulimit -v`)"


def has_room(process: int, count: int = TAKEN_AT_ONCE) -> bool:
    """Say whether a process has so many bytes of addresses left: what a library may take at once.

    One that has none may wait for ever: OpenBLAS asks again and again. Where this cannot be known,
    there is room.
    """
    try:
        import resource

        limit, _ = resource.prlimit(process, resource.RLIMIT_AS)
        pages = int(Path(f"/proc/{process}/statm").read_bytes().split()[0])
    except (ImportError, AttributeError, OSError):  # no Linux, or the process is no more
        return True
    return limit == resource.RLIM_INFINITY or limit - pages * resource.getpagesize() > count


def short_of_memory(error: Exception) -> str | None:
    """Return a line about an error that comes from too little memory; None for another one."""
    words = str(error)
    is_short = isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
    if not is_short and not (isinstance(error, ImportError) and _UNLOADED.search(words)):
        return None
    return f"out of memory{memory_limit()}: allow more, or try fewer --workers or smaller images"
