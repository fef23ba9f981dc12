"""The categories of a dataset that have keypoints."""

from __future__ import annotations

from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Category
from cocosynth.export.context import ExportContext


def with_keypoints(context: ExportContext) -> tuple[Category, ...]:
    """Return the categories of the context that name keypoints."""
    return tuple(category for category in context.categories if category.keypoints)


def refuse_none(context: ExportContext, format: str) -> None:
    """Refuse a dataset in which no category can have keypoints.

    Raises
    ------
    CocosynthError
    """
    if context.categories and not with_keypoints(context):
        raise CocosynthError(
            f"export.formats: {format}: none of the {len(context.categories)} categories has "
            "keypoints; name a source that has them, such as person_keypoints_train2017.json, or "
            "remove the format"
        )
