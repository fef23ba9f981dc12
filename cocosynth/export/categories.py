"""Which categories a dataset has, and their ids: the same in all of its splits."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from cocosynth.core.values import Category
from cocosynth.export.options import Export


def written_categories(
    categories: Sequence[Category], used: Collection[int], options: Export
) -> tuple[tuple[Category, ...], dict[int, int]]:
    """Choose the categories that are written, once it is known which are used.

    Parameters
    ----------
    categories : sequence of Category
        All that the sources name, by id.
    used : collection of int
        The ids of those that are pasted, or shown by a background.
    options : Export

    Returns
    -------
    categories : tuple of Category
        By id; all where none is used, as a dataset must have one.
    category_ids : dict of int to int
        From the ids of `categories` as they were to those of the dataset.

    Examples
    --------
    >>> sky, dog = Category(1, "sky", "view"), Category(2, "dog", "animal")
    >>> kept, ids = written_categories([sky, dog], {2}, Export(category_ids="contiguous"))
    >>> [(category.id, category.name) for category in kept], ids
    ([(1, 'dog')], {2: 1})
    """
    chosen = [c for c in categories if c.id in used or options.categories == "all"]
    kept = chosen or list(categories)
    if options.category_ids == "keep":
        return tuple(kept), {category.id: category.id for category in kept}
    numbered = (msgspec.structs.replace(c, id=n) for n, c in enumerate(kept, start=1))
    return tuple(numbered), {category.id: n for n, category in enumerate(kept, start=1)}
