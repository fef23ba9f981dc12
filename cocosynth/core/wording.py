"""What is wrong with an option, in the words of YAML: what was expected, and what was found.

msgspec says where the fault is; the type that stands there says what is expected.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from cocosynth.core.checks import in_percent
from cocosynth.core.decoding import Fault, fault_of
from cocosynth.core.fault_path import path_of
from cocosynth.core.suggest import choices
from cocosynth.core.yaml_words import described, yaml

_COUNTABLE = 2**52  # a limit above it is none that a person meets
_TRUE, _FALSE = ("yes", "on", "y", "true"), ("no", "off", "n", "false")


_type_info = functools.cache(inspect.type_info)  # that of a whole configuration takes 10 ms


class Place(NamedTuple):
    """A value, the type that it should be of, and the key that it stands under."""

    value: Any
    kind: inspect.Type
    field: inspect.Field | None = None


def explained(
    error: msgspec.ValidationError,
    value: Any,
    kind: Any,
    examples: Mapping[str, str] | None = None,
) -> Fault:
    """Say what is wrong with a value that is not of a type.

    Parameters
    ----------
    error : ValidationError
        What `msgspec.convert(value, kind)` raised.
    value : object
    kind : type
    examples : mapping of str to str, optional
        YAML for keys whose default shows nothing; else the default of a key is its example.

    Examples
    --------
    >>> kind = dict[str, int]
    >>> try:
    ...     msgspec.convert({"train": "80 %"}, kind)
    ... except msgspec.ValidationError as error:
    ...     print(explained(error, {"train": "80 %"}, kind).at("splits"))
    splits.train: expected an integer, got the text '80 %'; write 80, without %
    """
    fault = fault_of(error)
    path = path_of(fault, value, lambda content: msgspec.convert(content, kind))
    place = Place(value, _type_info(kind))
    for token in path:
        place = _inside(place, token)
    said = "".join(token if token.startswith("[") else f".{token}" for token in path)
    reason = _reason(fault, place, examples or {})
    return Fault(said, reason, fault.unknown_key, fault.is_json)


def _reason(fault: Fault, place: Place, examples: Mapping[str, str]) -> str:
    if fault.unknown_key is not None:
        return f"{fault.reason}; {choices(fault.unknown_key, _fields(place))}"
    if fault.missing_key is not None:
        field = _fields(place).get(fault.missing_key)
        example = _example(field, examples)
        return f"{fault.reason}{f'; add `{example}`' if example else ''}"
    if fault.has_wrong_key:
        keys = [key for key in place.value if not isinstance(key, (str, tuple))]
        return f"{fault.reason}{f': write {str(keys[0])!r}, in quotes' if keys else ''}"
    if not fault.is_of_type:
        return fault.reason
    found = f"got {described(place.value)}{_hint(place)}"
    if _is_choice(place.kind) or (_is_number(place.value) and _numbers(place.kind)):
        return f"expected {expected(place.kind)}, {found}"
    example = _example(place.field, examples)
    such_as = f", such as `{example}`;" if example else ","
    return f"expected {expected(place.kind)}{such_as} {found}"


def expected(kind: inspect.Type) -> str:
    """Say what a type takes.

    Examples
    --------
    >>> from typing import Annotated, Literal
    >>> expected(inspect.type_info(Annotated[int, msgspec.Meta(ge=1, le=100)]))
    'an integer from 1 to 100'
    >>> expected(inspect.type_info(tuple[float, float] | Literal["auto", "full"]))
    'a list of 2 numbers, auto or full'
    """
    words = list(dict.fromkeys(word for part in _parts(kind) for word in _words(part)))
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _words(kind: inspect.Type) -> list[str]:
    match kind:
        case inspect.LiteralType():
            return [yaml(value) for value in kind.values]
        case inspect.IntType():
            return [f"an integer{_limits(kind)}"]
        case inspect.FloatType():
            return [f"a number{_limits(kind)}"]
        case inspect.StrType():
            return ["text"]
        case inspect.BoolType():
            return ["true", "false"]
        case inspect.NoneType():
            return ["null"]
        case inspect.TupleType():
            return [f"a list of {len(kind.item_types)} {_several(kind.item_types)}"]
        case inspect.VarTupleType() | inspect.ListType():
            return [f"a list{_length(kind, 'value')}"]
        case inspect.DictType():
            return [f"a mapping{_length(kind, 'key')}"]
        case _:
            return ["a mapping"]


def _limits(kind: inspect.IntType | inspect.FloatType) -> str:
    low, high = kind.ge, kind.le
    if high is not None and high > _COUNTABLE:
        high = None
    if kind.gt is not None:
        above = f" above {kind.gt:g}"
        return above if high is None else f"{above}, at most {high:.15g}"
    if low is not None and high is not None:
        return f" from {low:.15g} to {high:.15g}"
    if low is not None:
        return f" of {low:.15g} or more"
    return "" if high is None else f" of {high:.15g} or less"


def _several(kinds: Sequence[inspect.Type]) -> str:
    if all(_numbers(kind) for kind in kinds):
        whole = all(isinstance(part, inspect.IntType) for kind in kinds for part in _numbers(kind))
        return "integers" if whole else "numbers"
    return "values"


def _length(kind: inspect.VarTupleType | inspect.ListType | inspect.DictType, noun: str) -> str:
    least = kind.min_length
    return f" of at least {least} {noun}{'' if least == 1 else 's'}" if least else ""


def _hint(place: Place) -> str:
    """Say what was probably meant."""
    value, kinds = place.value, _parts(place.kind)
    if isinstance(value, str):
        if any(isinstance(kind, inspect.BoolType) for kind in kinds):
            for words, meant in ((_TRUE, "true"), (_FALSE, "false")):
                if value.lower() in words:
                    return f"; write {meant}, without quotes"
        percent = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", value)
        for kind in _numbers(place.kind):
            number = _number(percent[1] if percent else value)
            if number is None:
                continue
            if percent and isinstance(kind, inspect.FloatType) and number <= 100:
                return in_percent(number)
            if _accepts(kind, number):
                return f"; write {number:g}, without {'%' if percent else 'quotes'}"
    elif _is_number(value):
        for kind in _numbers(place.kind):
            if (kind.ge, kind.le) == (0, 1):
                return in_percent(value)
    is_name = {type(kind) for kind in kinds} == {inspect.StrType, inspect.IntType}
    if is_name and (value is None or isinstance(value, (bool, float))):  # YAML reads it as no text
        word = str(value) if isinstance(value, float) else yaml(value)
        return f"; write {word!r}, in quotes, for a name"
    return ""


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*-?\d+(?:\.\d+)?\s*", text) else None


def _accepts(kind: inspect.IntType | inspect.FloatType, number: float) -> bool:
    whole = number.is_integer() or isinstance(kind, inspect.FloatType)
    low = kind.ge if kind.ge is not None else -math.inf
    return whole and low <= number <= (kind.le if kind.le is not None else math.inf)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_choice(kind: inspect.Type) -> bool:
    return all(isinstance(part, (inspect.LiteralType, inspect.NoneType)) for part in _parts(kind))


def _numbers(kind: inspect.Type) -> list[inspect.IntType | inspect.FloatType]:
    return [k for k in _parts(kind) if isinstance(k, (inspect.IntType, inspect.FloatType))]


def _parts(kind: inspect.Type) -> list[inspect.Type]:
    """Return the kinds that a union is of."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        return [part for one in kind.types for part in _parts(one)]
    return [kind]


def _example(field: inspect.Field | None, examples: Mapping[str, str]) -> str:
    """Show a key with a value: its default where that shows something."""
    if field is None:
        return ""
    chosen = all(isinstance(kind, inspect.LiteralType) for kind in _parts(field.type))
    if field.name in examples and (field.required or not chosen):
        return f"{field.name}: {examples[field.name]}"
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT or default is None or default in ((), {}, ""):
        return ""
    return f"{field.name}: {yaml(default)}"


def _fields(place: Place) -> dict[str, inspect.Field]:
    """Return the keys that a mapping may have."""
    for kind in _parts(place.kind):
        fields = getattr(kind, "fields", None)
        if fields is None or not isinstance(place.value, Mapping):
            continue
        tag = getattr(kind, "tag_field", None)
        if tag is None or place.value.get(tag) == kind.tag:  # type: ignore[attr-defined]
            return {field.name: field for field in fields}
    return {}


def _inside(place: Place, token: str) -> Place:
    """Go one step down a path."""
    if token.startswith("["):
        position = int(token[1:-1])
        for kind in _parts(place.kind):
            if isinstance(kind, inspect.TupleType):
                return Place(place.value[position], kind.item_types[position], place.field)
            if isinstance(kind, (inspect.VarTupleType, inspect.ListType)):
                return Place(place.value[position], kind.item_type, place.field)
    fields = _fields(place)
    if token in fields:
        return Place(place.value.get(token), fields[token].type, fields[token])
    for kind in _parts(place.kind):
        if isinstance(kind, inspect.DictType):
            return Place(place.value.get(token), kind.value_type, place.field)
    return Place(place.value, inspect.AnyType(), place.field)
