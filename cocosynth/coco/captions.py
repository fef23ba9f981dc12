"""Captions among the annotations of a COCO file: sentences, which belong to no object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from cocosynth.coco.spelling import decode_records
from cocosynth.core.decoding import UNREADABLE, Fault


class _Keys(msgspec.Struct, frozen=True):
    caption: Any = msgspec.UNSET
    category_id: Any = msgspec.UNSET


def has_captions(annotations: msgspec.Raw) -> bool:
    """Say whether some annotations may be captions, without reading them."""
    return b'"caption"' in bytes(memoryview(annotations))


def without_captions(
    annotations: msgspec.Raw, kind: Any, wrong: Callable[[Fault, int], Exception]
) -> tuple[list[Any], int]:
    """Decode the annotations that are none.

    Parameters
    ----------
    annotations : Raw
        JSON of a list.
    kind : type
        Of a record.
    wrong : callable
        Makes the error of a record and of its position.

    Returns
    -------
    records : list
    captions : int
        How many sentences there are: records of their own, and keys of annotations of objects.
    """
    try:
        rows = msgspec.json.decode(annotations, type=list[msgspec.Raw])
    except UNREADABLE:
        rows = []
    if not rows:
        return decode_records(annotations, list[kind], lambda fault: wrong(fault, 0)), 0
    records, captions = [], 0
    for position, row in enumerate(rows):
        keys = _keys_of(row)
        captions += keys.caption is not msgspec.UNSET
        if keys.caption is not msgspec.UNSET and keys.category_id is msgspec.UNSET:
            continue
        one = b"[%s]" % bytes(row)
        records += decode_records(one, list[kind], _wrong_at(wrong, position))
    return records, captions


def _wrong_at(
    wrong: Callable[[Fault, int], Exception], position: int
) -> Callable[[Fault], Exception]:
    return lambda fault: wrong(fault, position)


def _keys_of(row: msgspec.Raw) -> _Keys:
    try:
        return msgspec.json.decode(row, type=_Keys)
    except UNREADABLE:
        return _Keys()
