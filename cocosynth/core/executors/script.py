"""A script of the user's own: each worker process imports it again, and does what it does."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cocosynth.core.errors import CocosynthError

_GUARD = re.compile(r"__name__|parent_process")


def refuse_unguarded_script() -> None:
    """Refuse workers to a script that would start them again in each of them.

    Raises
    ------
    CocosynthError
        If the main file has no ``if __name__ == "__main__":``.
    """
    path = _imported_again()
    if path is None:
        return
    try:
        source = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    if not _GUARD.search(source):
        raise CocosynthError(
            f"{path}: worker processes import this script again; put what it does under "
            '`if __name__ == "__main__":`, or use one process, `Serial()`'
        )


def _imported_again() -> Path | None:
    """Return the file that workers import; not every program has one, as a notebook."""
    main = sys.modules["__main__"]
    spec, file = getattr(main, "__spec__", None), getattr(main, "__file__", None)
    if file is None or (spec is not None and spec.name.split(".")[-1] == "__main__"):
        return None
    return Path(file)
