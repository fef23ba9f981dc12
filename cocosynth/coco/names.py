"""Names that a person would take for one: the one rule for builds, `merge` and `validate`."""

from __future__ import annotations

import re
import unicodedata


def likeness(name: str) -> str:
    r"""Return what names that look alike have in common.

    Case, spaces, hyphens, underscores and characters that cannot be seen do not count.

    Examples
    --------
    >>> likeness(" Traffic_light") == likeness("traffic light") == likeness("traffic\u200b light")
    True
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return re.sub(r"[\s_-]+", " ", seen).strip()


class Lookalikes:
    """Names, one after the other: which of them look like an earlier one.

    Examples
    --------
    >>> names = Lookalikes()
    >>> [names.first(name) for name in ("Apple", "pear", "apple ", "Apple")]
    ['Apple', 'pear', 'Apple', 'Apple']
    """

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def first(self, name: str) -> str:
        """Return the first name that looks like this one, which may be the same."""
        return self._first.setdefault(likeness(name), name)

    def find(self, name: str) -> str | None:
        """Return the first name that looks like this one, if there is one."""
        return self._first.get(likeness(name))
