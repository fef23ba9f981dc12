"""The way out after a wrong name."""

from __future__ import annotations

import difflib
from typing import Any


def choices(wrong: object, right: Any) -> str:
    """Return the way out after a wrong name: the closest right ones, or all of them.

    Examples
    --------
    >>> choices("ct", ["cat", "dog"]), choices("18", [17, 18])
    ("did you mean 'cat'?", 'did you mean 18?')
    """
    names = {str(name): name for name in right if name != wrong}
    close = difflib.get_close_matches(str(wrong), sorted(names), n=2)
    if str(wrong) in names:  # the number for its digits, or the other way round
        close = [str(wrong)]
    if close:
        return f"did you mean {' or '.join(repr(names[name]) for name in close)}?"
    return f"choose from {', '.join(sorted(names))}" if names else "there is none to choose from"
