"""What is left out, counted by source and reason, with the first example of each."""

from __future__ import annotations

from collections import Counter

Key = tuple[str, str]


Skipped = Counter[Key]  # by source and reason


Examples = dict[Key, str]  # the first one left out, where that is for being bad
