"""What is cut out to be an object, and what to be a distractor: which category it comes under.

Nothing pasted goes unlabelled unless the user asks for it by name. An unlabelled distractor is
never of an output category, nor of one that looks like one. Its category is none of the output's:
it has an id below 0, by which labels know that nothing of it is written.
"""

from __future__ import annotations

from typing import NamedTuple

from cocosynth.core.values import Category
from cocosynth.sources.catalogue import Catalogue, Role


class Use(NamedTuple):
    """What the cut-outs of a source are used as, and whether they are labelled."""

    role: Role = "foregrounds"
    labelled: bool = True

    @property
    def distracts(self) -> bool:
        return self.role == "distractors"


OBJECTS = Use()
"""The use of foregrounds."""


def category_for(
    catalogue: Catalogue, category: Category, source: str, use: Use
) -> tuple[str | None, str]:
    """Return the name under which a category is pasted, or None and why it is not.

    Parameters
    ----------
    catalogue : Catalogue
        Takes the category up.
    category : Category
    source : str
        Which names it.
    use : Use
    """
    if use.labelled:
        name = catalogue.add_category(category, source)
    elif (other := catalogue.lookalike(category.name)) is not None:
        return None, f"distractor {called(category.name, other)}: it would go without a label"
    else:
        name = category.name
    (catalogue.distractors if use.distracts else catalogue.pasted).setdefault(name)
    return name, ""


def called(name: str, other: str) -> str:
    """Say of which output category a distractor is."""
    if name == other:
        return f"of the output category {name!r}"
    return f"{name!r}, which looks like the output category {other!r}"


def unlabelled_categories(catalogue: Catalogue) -> tuple[Category, ...]:
    """Return the categories of distractors that are not labelled, with ids below 0."""
    if catalogue.labels_distractors:
        return ()
    return tuple(
        Category(-number, name, name) for number, name in enumerate(catalogue.distractors, start=1)
    )


def known_categories(catalogue: Catalogue) -> tuple[Category, ...]:
    """Return the categories of all that may be seen: those of the output, then the others."""
    return (*catalogue.categories, *unlabelled_categories(catalogue))


def places(catalogue: Catalogue) -> list[int]:
    """Return the category ids by which a bank counts: those of objects, then of distractors."""
    ids = {category.name: category.id for category in catalogue.categories}
    hidden = {category.name: category.id for category in unlabelled_categories(catalogue)}
    return [ids[name] for name in catalogue.pasted] + [
        (hidden or ids)[name] for name in catalogue.distractors
    ]
