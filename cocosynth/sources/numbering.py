"""The ids of the output categories."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from cocosynth.core.values import Category


def numbered(categories: Collection[Category], *, contiguous: bool) -> tuple[Category, ...]:
    """Give ids to categories, and put them in their order.

    Each keeps the id it has in its source, the first to come where two want the same; those that
    have none, as folders give none, take the next free ones.

    Parameters
    ----------
    categories : collection of Category
        In the order in which they came.
    contiguous : bool
        Count them from 1 instead.
    """
    if contiguous:
        return tuple(msgspec.structs.replace(c, id=n) for n, c in enumerate(categories, start=1))
    owners: dict[int, str] = {}
    for category in categories:
        if category.id > 0:
            owners.setdefault(category.id, category.name)
    found = []
    for category in categories:
        own = owners.get(category.id) == category.name
        number = category.id if own else max(owners, default=0) + 1
        owners[number] = category.name
        found.append(msgspec.structs.replace(category, id=number))
    return tuple(sorted(found, key=lambda category: category.id))
