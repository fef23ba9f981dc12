"""The way out after a wrong name."""

from __future__ import annotations

import difflib
from typing import Any


def choices(wrong: object, right: Any) -> str:
    """Return the way out after a wrong name: the closest right ones, or all of them."""
    names = sorted(map(str, right))
    close = difflib.get_close_matches(str(wrong), names, n=2)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"choose from {', '.join(names)}" if names else "there is none to choose from"
