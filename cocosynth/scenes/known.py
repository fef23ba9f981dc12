"""What a technique may know of the build before the first image is planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.errors import CocosynthError
from cocosynth.core.guard import Guard
from cocosynth.foregrounds.learnt import Learnt, Table


def _nothing(path: str) -> NDArray[np.uint8]:
    raise CocosynthError(f"{path}: does not exist")


@dataclass(frozen=True, eq=False)
class Known:
    """What is the same for all images of a build.

    Attributes
    ----------
    categories : mapping of str to int
        The id of each category of the output, by name.
    carried : frozenset of str
        The names of the categories of which backgrounds bring annotations along.
    pasted : tuple of int
        The ids of the categories that instances of the bank have.
    learnt : callable
        Returns where the instances of each category lie in their photographs.
    grey : callable
        Reads a picture by its path; gives an ndarray of uint8, shape (h, w).
    note : callable
        Takes a line about what the user should know.
    """

    categories: Mapping[str, int]
    carried: frozenset[str] = frozenset()
    pasted: tuple[int, ...] = ()
    learnt: Callable[[], Learnt] = field(default=lambda: Learnt({}, {}))
    grey: Callable[[str], NDArray[np.uint8]] = field(default=_nothing)
    note: Callable[[str], None] = field(default=lambda text: None)

    def standing(self, category_id: int) -> Table:
        """Return the table of lower edges and sizes of a category, or of all where it has none.

        Raises
        ------
        CocosynthError
            If no category has one.
        """
        return self._table(self.learnt().standing, category_id)

    def centres(self, category_id: int) -> Table:
        """Return the table of centres of a category, or of all where it has none."""
        return self._table(self.learnt().centres, category_id)

    def _table(self, tables: Mapping[int, Table], category_id: int) -> Table:
        if not tables:
            raise CocosynthError(
                "nothing can be learnt from these foregrounds: places and sizes are learnt from "
                "the annotations of COCO sources, not from folders of cut-outs"
            )
        if category_id in tables:
            return tables[category_id]
        name = {number: name for name, number in self.categories.items()}[category_id]
        self.note(f"category {name!r} has no place to be learnt: it goes by all other categories")
        return np.sum(list(tables.values()), axis=0)


def learns(technique: Any) -> bool:
    """Say whether a technique may ask what is learnt, for which all instances are measured.

    One with a method `prepared` may, unless its attribute `learns` is false.
    """
    return hasattr(technique, "prepared") and bool(getattr(technique, "learns", True))


def prepared(technique: Any, known: Known, where: str = "") -> Any:
    """Let a technique that has a method `prepared` look at what is known; it gives one to use.

    Raises
    ------
    CocosynthError
        If it cannot work with these sources; the text begins with its place.
    """
    prepare = getattr(technique, "prepared", None)
    if prepare is None:
        return technique
    try:
        made = prepare(known)
    except CocosynthError as error:
        raise CocosynthError(f"{where}: {error}") from None
    return technique.like(made) if isinstance(technique, Guard) else made
