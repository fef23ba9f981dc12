"""What a build used and what of it may hurt training: the end of a build, and its manifest."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]

Rule = Literal[
    "category-unusable",
    "category-not-in-split",
    "category-lookalike",
    "few-photographs",
    "cut-out-twice",
    "background-enlarged",
    "instance-enlarged",
    "licence",
    "goal-missed",
]


class CategoryUse(msgspec.Struct, frozen=True):
    """Where the annotations of a category come from.

    Attributes
    ----------
    name : str
    pasted, from_backgrounds : int
        Annotations, over all splits.
    instances, photographs : int
        How many there are to draw from, and how many photographs show them.
    most_used : int
        How often the instance that was pasted most often was pasted.
    """

    name: str
    pasted: Count
    from_backgrounds: Count
    instances: Count
    photographs: Count
    most_used: Count


class Warned(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that may hurt training.

    Attributes
    ----------
    rule : str
    text : str
        For people.
    count, of : int
        How many are concerned, of how many.
    categories : tuple of str
        The names of those that are concerned, where the rule is about categories.
    """

    rule: Rule
    text: str
    count: Count
    of: Count
    categories: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


class GoalRow(msgspec.Struct, frozen=True):
    """One number that the configuration asks for, and what there is.

    Attributes
    ----------
    goal : str
        The key of the configuration.
    split : str
    name : str
        The category, the class of size or of occlusion; else what is counted.
    asked, got : int
    """

    goal: Literal["empty_images", "objects_per_image", "balance", "sizes", "occlusion"]
    split: str
    name: str
    asked: Count
    got: Count


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """The health check of a build.

    Attributes
    ----------
    categories : list of CategoryUse
        Those that are asked for, and then others that can be seen; both by id.
    warnings : list of Warned
    goals : list of GoalRow
        What was asked for; left away where the configuration names no goal.
    """

    categories: list[CategoryUse]
    warnings: list[Warned]
    goals: list[GoalRow] = []
