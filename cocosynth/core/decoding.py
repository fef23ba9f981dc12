"""What is wrong with content that should have been of a type: msgspec's errors in plain words.

It says ``Expected `int`, got `str` - at `$.images[3].id` ``; this is the one place that reads that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from cocosynth.core.errors import CocosynthError

Value = TypeVar("Value")

UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What a reader of JSON raises; text that is not UTF-8 is a ValueError."""

_EXPECTED = {
    "int": "an integer",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "keys and values",
    "date": "a date",
}
_FOUND = _EXPECTED | {"float": "a fraction"}


@dataclass(frozen=True)
class Fault:
    """Why content is not of a type.

    Attributes
    ----------
    path : str
        Where in the content, such as ``.images[3].id``; empty if it is all of it.
    reason : str
    unknown_key : str or None
        The key that the type does not have, if that is the reason.
    is_json : bool
        Whether any reader can make something of the text.
    missing_key : str or None
        The key that the content does not have, if that is the reason.
    has_wrong_key : bool
        Whether a key that is no text is the reason.
    is_of_type : bool
        Whether the reason is that a value is of another type, or outside of its limits.
    where : str
        The path with `[...]` where a key of a mapping stands in it.
    """

    path: str
    reason: str
    unknown_key: str | None = None
    is_json: bool = True
    missing_key: str | None = None
    has_wrong_key: bool = False
    is_of_type: bool = False
    where: str = ""

    def __str__(self) -> str:
        return self.at("$") if self.path else self.reason

    def at(self, place: str, *, first: int = 0) -> str:
        """Return path and reason, of content that stands at a place.

        Parameters
        ----------
        place : str
        first : int
            If the content is a part of a list: the position of its first value.

        Examples
        --------
        >>> Fault("[3].id", "expected an integer, got text").at("$.images", first=2000)
        '$.images[2003].id: expected an integer, got text'
        """
        path = re.sub(r"^\[(\d+)\]", lambda found: f"[{first + int(found[1])}]", self.path)
        return f"{place}{path}: {self.reason}"


def decode(content: Any, kind: Any, wrong: Callable[[Fault], Exception]) -> Any:
    """Decode JSON as a type.

    Parameters
    ----------
    content : bytes or msgspec.Raw
    kind : type
    wrong : callable
        Makes the error to raise of what is wrong.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except UNREADABLE as error:
        raise wrong(fault_of(error)) from None


def decode_as(content: bytes, kind: type[Value], *, what: str) -> Value:
    """Decode JSON of ours into the type that wrote it; keys that it does not know are not read.

    Parameters
    ----------
    content : bytes
    kind : type
    what : str
        What was expected and where, which begins the error text.

    Raises
    ------
    CocosynthError
        If it is not JSON, or not of this type.

    Examples
    --------
    >>> decode_as(b'{"a": 1}', dict[str, int], what="scene.json: not a scene")
    {'a': 1}
    """
    value: Value = decode(content, kind, lambda fault: CocosynthError(f"{what}: {fault}"))
    return value


def fault_of(error: Exception) -> Fault:
    """Say what is wrong, in plain words.

    Parameters
    ----------
    error : Exception
        One of `UNREADABLE`, from `msgspec.json.decode` or `msgspec.convert`.
    """
    if isinstance(error, RecursionError):
        return Fault("", "it is nested too deeply", is_json=False)
    if isinstance(error, UnicodeDecodeError):
        byte = error.object[error.start]
        return Fault("", f"it is not UTF-8, as it has the byte {byte:#x}", is_json=False)
    text, at, path = str(error).rpartition(" - at `")
    if not at:
        text, path = path, ""
    has_wrong_key = path.startswith("key` in `")
    if has_wrong_key:
        text, path = "keys must be text", path.removeprefix("key` in `")
    where = path.rstrip("`").removeprefix("$")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", text)
    missing = re.fullmatch(r"Object missing required field `(.*)`", text)
    return Fault(
        where.replace("[...]", ""),
        _plain(text),
        unknown[1] if unknown else None,
        isinstance(error, msgspec.ValidationError) and not text.endswith("out of range"),
        missing[1] if missing else None,
        has_wrong_key,
        text.startswith(("Expected `", "Invalid value", "Invalid enum value")),
        where,
    )


def _plain(reason: str) -> str:
    """Return msgspec's reason in plain words.

    Examples
    --------
    >>> _plain("Expected `int | null`, got `float`")
    'expected an integer or null, got a fraction'
    >>> _plain("Object missing required field `width`")
    "the key 'width' is missing"
    >>> _plain("Expected `object` of length >= 1")
    'expected a number of keys >= 1'
    """
    for pattern, words in _PLAIN.items():
        found = re.fullmatch(pattern, reason)
        if found:
            return found.expand(words)
    expected, got, found_kind = reason.partition(", got ")
    if not expected.startswith("Expected `"):
        return reason
    expected = _named(expected.removeprefix("Expected "), _EXPECTED)
    return f"expected {expected}{got}{_named(found_kind, _FOUND)}"


_PLAIN = {
    r"Object missing required field `(.*)`": r"the key '\1' is missing",
    r"Object contains unknown field `(.*)`": r"unknown key '\1'",
    r"Invalid (?:enum )?value (.*)": r"\1 is none of the choices",
    r"Expected `object` of length (.*)": r"expected a number of keys \1",
    r"Input data was truncated": r"it is truncated",
}


def _named(text: str, names: dict[str, str]) -> str:
    """Name the types that stand in backquotes."""
    return re.sub(
        "`([^`]*)`",
        lambda found: " or ".join(names.get(kind, kind) for kind in found[1].split(" | ")),
        text,
    )
