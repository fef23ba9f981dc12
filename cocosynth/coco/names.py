"""Names that a person would take for one."""

from __future__ import annotations

import re
import unicodedata


def likeness(name: str) -> str:
    """Return what names that look alike have in common: case, spaces and hyphens do not count.

    Examples
    --------
    >>> likeness(" Traffic_light") == likeness("traffic light")
    True
    """
    plain = unicodedata.normalize("NFKC", name)
    return re.sub(r"[\s_-]+", " ", plain).strip().casefold()
