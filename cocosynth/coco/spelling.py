"""What programs write differently and mean alike: numbers of NumPy and pandas, images of LVIS.

An id of `1.0` is the integer 1 to every reader of COCO, and to JSON Schema. The types that records
are decoded as take plain integers; so what they refuse is spelled plainly, and decoded once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from cocosynth.core.decoding import UNREADABLE, Fault, decode

INTEGERS = frozenset(
    (
        *("id", "image_id", "category_id", "license"),
        *("width", "height", "iscrowd", "num_keypoints"),
    )
)
"""Keys of records that hold integers."""

_FRACTION = re.compile(rb"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def decode_records(content: bytes | Raw, kind: Any, wrong: Callable[[Fault], Exception]) -> Any:
    """Decode a list of records as a type, integers that are written as `1.0` among them.

    Parameters
    ----------
    content : bytes or Raw
    kind : type
        Of the list.
    wrong : callable
        Makes the error to raise of what is wrong.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except UNREADABLE:
        return decode(plainly_spelled(content), kind, wrong)


def plainly_spelled(content: bytes | Raw) -> bytes | Raw:
    """Return the JSON of a list of records, its integers written as such.

    Examples
    --------
    >>> plainly_spelled(b'[{"id": 1.0, "area": 2.0}]')
    b'[{"id":1,"area":2.0}]'
    """
    try:
        rows = msgspec.json.decode(content, type=list[dict[str, Raw]])
    except UNREADABLE:
        return content
    for row in rows:
        for key in INTEGERS & row.keys():
            row[key] = Raw(_integer(bytes(row[key])))
    return msgspec.json.encode(rows)


def _integer(text: bytes) -> bytes:
    """Return a number as an integer, where it is one; anything else as it is."""
    if text.lstrip(b"-").isdigit() or not _FRACTION.fullmatch(text):
        return text
    value = float(text)
    return str(int(value)).encode() if value.is_integer() else text


def name_in_url(coco_url: Any) -> str | None:
    """Return the file name in the address of an image, or None; LVIS names images by it alone.

    Examples
    --------
    >>> name_in_url("http://images.cocodataset.org/train2017/000000000009.jpg")
    'train2017/000000000009.jpg'
    """
    found = re.search(r"[^/]+/[^/]+\Z", coco_url) if isinstance(coco_url, str) else None
    return found[0] if found else None
