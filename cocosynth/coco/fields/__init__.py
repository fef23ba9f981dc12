"""Values of an annotation that travel with its object, such as keypoints; one file each.

A field is read from an annotation of a source, kept beside the pixels of the instance as plain
values, and written into the annotation of what can be seen of it. What carries it knows nothing of
its meaning: another field is one file, its line in `FIELDS`, and its key in `AnnotationRecord`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from cocosynth.coco.fields.keypoints import Keypoints
from cocosynth.coco.records import AnnotationRecord, carried
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Category, Matrix, Size

FIELDS: dict[str, AnnotationField] = {"keypoints": Keypoints()}


class AnnotationField(Protocol):
    """One key of a COCO annotation."""

    def read(self, value: Any) -> Any:
        """Return the value of a source, checked, as plain values; None for none.

        Raises
        ------
        UnusableError
            If it is malformed.
        """

    def show(
        self,
        value: Any,
        *,
        category: Category,
        matrix: Matrix,
        size: Size,
        hidden: Callable[[int, int], bool],
    ) -> Mapping[str, Any]:
        """Return the keys that the annotation of a composed image gets.

        Parameters
        ----------
        value
            As `read` returned it; in the coordinates of the photo.
        category : Category
        matrix : three rows of three floats
            From the photo to the canvas.
        size : tuple of int
            Height and width of the canvas.
        hidden : callable
            Says of a row and a column whether something pasted later covers the object there.
        """


def read_fields(annotation: AnnotationRecord | None) -> dict[str, Any]:
    """Read what an annotation carries.

    Raises
    ------
    UnusableError
        If a value is malformed.
    """
    found: dict[str, Any] = {}
    for name, raw in () if annotation is None else carried(annotation):
        try:
            value = FIELDS[name].read(msgspec.json.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UnusableError(f"{name} cannot be read") from None
        if value is not None:
            found[name] = value
    return found


def checked_fields(values: Any) -> dict[str, Any]:
    """Check what was once read and then kept; return it.

    Raises
    ------
    UnusableError
        If it is nothing that `read_fields` returns.
    """
    if not isinstance(values, dict) or not values.keys() <= FIELDS.keys():
        raise UnusableError("an annotation carries what is not known")
    for name, value in values.items():
        FIELDS[name].read(value)
    return values


def shown_fields(
    values: Mapping[str, Any],
    *,
    category: Category,
    matrix: Matrix,
    size: Size,
    hidden: Callable[[int, int], bool],
) -> dict[str, Any]:
    """Return the keys that the annotation of an object gets from what it carries."""
    keys: dict[str, Any] = {}
    for name, value in values.items():
        keys |= FIELDS[name].show(value, category=category, matrix=matrix, size=size, hidden=hidden)
    return keys
