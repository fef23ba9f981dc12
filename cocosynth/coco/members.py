"""The members of a COCO file: every command opens one here, and refuses the same files."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import NamedTuple

import msgspec

from cocosynth.coco.duplicate_keys import hides_member
from cocosynth.coco.other_kinds import named_by_bytes, named_by_members, named_list, why_not_json
from cocosynth.coco.part_names import parts_of
from cocosynth.coco.parts import joined_members
from cocosynth.core import files
from cocosynth.core.decoding import Fault, decode
from cocosynth.core.errors import CocosynthError

_PIECE = 1 << 20  # bytes decoded at a time

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Members(NamedTuple):
    """What stands under each key of a JSON object, undecoded.

    Attributes
    ----------
    raws : dict of str to Raw
        Of a key that occurs more than once, the last member.
    has_mark : bool
        Whether the file begins with a byte order mark.
    hides : bool
        Whether a key occurs more than once.
    """

    raws: dict[str, msgspec.Raw]
    has_mark: bool
    hides: bool


def read_members(path: str | Path) -> Members:
    """Open a COCO file, or all parts of one.

    Raises
    ------
    CocosynthError
        If it cannot be read, or is no JSON object, or one of another kind; the text says which.
    """
    parts = parts_of(path)
    if parts is not None:
        read = [read_members(part) for part in parts]
        members = joined_members(parts, [each.raws for each in read])
        return Members(members, any(e.has_mark for e in read), any(e.hides for e in read))
    content = files.read_bytes(path, cached=True)
    has_mark = content.startswith(_BYTE_ORDER_MARK)
    if has_mark:
        content = content[len(_BYTE_ORDER_MARK) :]
    if not content.strip():
        raise CocosynthError(f"{path}: the file is empty; give a COCO file (JSON)")
    other = named_by_bytes(content)
    if other is None:
        _refuse_other_encoding(path, content)
        raws = decode(content, dict[str, msgspec.Raw], lambda fault: _wrong(path, content, fault))
        other = named_by_members(raws)
    if other is not None:
        raise CocosynthError(f"{path}: not a COCO dataset: {other}")
    return Members(raws, has_mark, hides_member(content, raws))


def _wrong(path: str | Path, content: bytes, fault: Fault) -> CocosynthError:
    if not fault.is_json:
        reason = why_not_json(content) or f"{fault.reason}; {WRITE_AGAIN}"
        return CocosynthError(f"{path}: cannot be read as JSON: {reason}")
    if content.lstrip().startswith(b"["):
        return CocosynthError(f"{path}: not a COCO dataset: {named_list(content)}")
    return CocosynthError(
        f"{path}: not a COCO dataset: {fault.reason}; "
        "give a JSON object with images, annotations and categories"
    )


def _refuse_other_encoding(path: str | Path, content: bytes) -> None:
    """Refuse what is not UTF-8, also where nobody reads it: it would be copied into other files."""
    view, start = memoryview(content), 0 if not content.isascii() else len(content)
    try:
        while start < len(view):
            piece = view[start : start + _PIECE]
            start += codecs.utf_8_decode(piece, "strict", start + _PIECE >= len(view))[1]
    except UnicodeDecodeError as error:
        byte = content[start + error.start]
        reason = f"it is not UTF-8, as it has the byte {byte:#x} at position {start + error.start}"
        raise _wrong(path, content, Fault("", reason, is_json=False)) from None


WRITE_AGAIN = "write it again as UTF-8, whole, without NaN and Infinity"
