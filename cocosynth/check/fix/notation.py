"""The one right answer to what is only written wrongly in a record: texts for numbers, and such."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cocosynth.check.fix.edits import REMOVED, Fix

IsKnown = Callable[[str, int], bool]
"""Says whether a key may hold an id: a free one for `id`, one that is listed for the others."""

_INTEGER = re.compile(r"0|-?[1-9]\d{0,15}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


def image_fixes(record: dict[str, Any], known: IsKnown) -> Iterator[Fix]:
    """Yield what was meant in an image record."""
    for key in ("id", "license"):
        yield from _id_fixes(record, key, known)
    for key in ("width", "height"):
        value = _as_integer(record.get(key))
        if value is not None and value > 0:
            yield "size-form", key, value


def category_fixes(record: dict[str, Any], known: IsKnown) -> Iterator[Fix]:
    """Yield what was meant in a category record."""
    yield from _id_fixes(record, "id", known)


def annotation_fixes(record: dict[str, Any], known: IsKnown) -> Iterator[Fix]:
    """Yield what was meant in an annotation."""
    for key in ("id", "image_id", "category_id"):
        yield from _id_fixes(record, key, known)
    if "iscrowd" not in record:
        yield "iscrowd-missing", "iscrowd", 0
    elif isinstance(record["iscrowd"], (bool, str, type(None))):
        meant = _CROWDS.get(record["iscrowd"])
        yield from [] if meant is None else [("iscrowd-form", "iscrowd", meant)]
    area = _as_number(record.get("area"))
    if area is not None and area >= 0:
        yield "area-form", "area", area
    yield from _box_fixes(record.get("bbox"))
    yield from _segmentation_fixes(record)
    for key in ("keypoints", "num_keypoints"):
        if key in record and record[key] is None:
            yield "keypoints-form", key, REMOVED


_CROWDS: dict[Any, int] = {None: 0, False: 0, True: 1, "0": 0, "1": 1, "false": 0, "true": 1}


def _id_fixes(record: dict[str, Any], key: str, known: IsKnown) -> Iterator[Fix]:
    number = _as_integer(record.get(key))
    if number is not None and known(key, number):
        yield "id-form", key, number


def _as_integer(value: Any) -> int | None:
    """Return the integer that a text is, written as a program writes it, or None."""
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else None


def _as_number(value: Any) -> float | None:
    """Return the number that a text is, or None."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    return float(value) if "." in value else int(value)


def _box_fixes(bbox: Any) -> Iterator[Fix]:
    if isinstance(bbox, list) and len(bbox) == 4 and any(isinstance(v, str) for v in bbox):
        numbers = [v if type(v) in (int, float) else _as_number(v) for v in bbox]
        if all(n is not None for n in numbers) and numbers[2] >= 0 and numbers[3] >= 0:  # type: ignore[operator]
            yield "bbox-form", "bbox", numbers


def _segmentation_fixes(record: dict[str, Any]) -> Iterator[Fix]:
    segmentation = record.get("segmentation")
    if segmentation is None and "segmentation" in record:
        yield "segmentation-form", "segmentation", REMOVED
    if isinstance(segmentation, list):
        if _is_flat(segmentation):
            yield "segmentation-flat", "segmentation", [segmentation]
        elif len(segmentation) > 1 and all(isinstance(each, list) for each in segmentation):
            different = _without_repetition(segmentation)
            if len(different) < len(segmentation):
                yield "polygon-repeated", "segmentation", different
    if isinstance(segmentation, dict) and isinstance(segmentation.get("counts"), str):
        counts = _text_of(segmentation["counts"])
        if counts is not None:
            yield "rle-counts-bytes", "segmentation", {**segmentation, "counts": counts}


def _is_flat(segmentation: list[Any]) -> bool:
    numbers = all(type(value) in (int, float) for value in segmentation)
    return numbers and len(segmentation) >= 6 and len(segmentation) % 2 == 0


def _without_repetition(polygons: list[list[Any]]) -> list[list[Any]]:
    """Return the polygons without those that are there again: together they cover the same."""
    return list({msgspec.json.encode(polygon): polygon for polygon in reversed(polygons)}.values())[
        ::-1
    ]


def _text_of(counts: str) -> str | None:
    """Return the text in the printed form of bytes, or None where it is none."""
    if not re.fullmatch(r"b(['\"]).*\1", counts):
        return None
    try:
        return str(ast.literal_eval(counts).decode("ascii"))
    except (ValueError, SyntaxError, MemoryError, AttributeError):
        return None
