"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something found in a dataset: the rule it breaks, where, what, and whom it is about."""

    rule: str
    where: str
    message: str
    severity: str = "error"
    image: str | None = None  # file name
    category: str | None = None  # name
    annotation: int | None = None  # id
