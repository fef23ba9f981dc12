"""What msgspec finds wrong is said in plain words, with the place."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from cocosynth.core.decoding import UNREADABLE, Fault, decode, fault_of


class Part(msgspec.Struct, forbid_unknown_fields=True):
    whole: Annotated[int, Meta(ge=0)] = 0
    fraction: float = 1.0
    name: Annotated[str, Meta(min_length=1)] = "part"
    pair: tuple[int, int] | None = None
    kind: Literal["leg", "arm"] = "leg"
    spec: str | dict[str, Any] = ""
    sizes: dict[str, dict[str, int]] = {}


class Table(msgspec.Struct):
    parts: Annotated[list[Part], Meta(min_length=1)]


def fault_in(content, kind=Table):
    with pytest.raises(UNREADABLE) as caught:
        msgspec.json.decode(content, type=kind)
    return fault_of(caught.value)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (b'{"whole": "7"}', "$.parts[0].whole: expected an integer, got text"),
        (b'{"whole": 7.5}', "$.parts[0].whole: expected an integer, got a fraction"),
        (b'{"whole": true}', "$.parts[0].whole: expected an integer, got true or false"),
        (b'{"whole": -1}', "$.parts[0].whole: expected an integer >= 0"),
        (b'{"fraction": [1]}', "$.parts[0].fraction: expected a number, got a list"),
        (b'{"fraction": 1e999}', "$.parts[0].fraction: Number out of range"),
        (b'{"name": ""}', "$.parts[0].name: expected text of length >= 1"),
        (b'{"pair": [1]}', "$.parts[0].pair: expected a list of length 2"),
        (b'{"pair": {}}', "$.parts[0].pair: expected a list or null, got keys and values"),
        (b'{"kind": "toe"}', "$.parts[0].kind: 'toe' is none of the choices"),
        (b'{"spec": 3}', "$.parts[0].spec: expected text or keys and values, got an integer"),
        (b'{"sizes": {"a": {"b": "c"}}}', "$.parts[0].sizes: expected an integer, got text"),
        (b'{"hole": 1}', "$.parts[0]: unknown key 'hole'"),
        (b"null", "$.parts[0]: expected keys and values, got null"),
    ],
)
def test_a_wrong_value_is_told_with_its_path(part, told):
    assert str(fault_in(b'{"parts": [%b]}' % part)) == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[]", "expected keys and values, got a list"),
        (b"{}", "the key 'parts' is missing"),
        (b'{"parts": []}', "$.parts: expected a list of length >= 1"),
    ],
)
def test_what_is_wrong_with_all_of_it_needs_no_path(content, told):
    fault = fault_in(content)
    assert str(fault) == told
    assert fault.is_json


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "it is truncated"),
        (b'{"parts"', "it is truncated"),
        (b"{parts}", "JSON is malformed: object keys must be strings (byte 1)"),
        (b'{"parts": [{"name": "\xff"}]}', "it is not UTF-8, as it has the byte 0xff"),
        (b'{"other": %b' % (b"[" * 100_000), "it is nested too deeply"),
    ],
)
def test_text_that_no_reader_takes_is_no_json(content, told):
    fault = fault_in(content)
    assert str(fault) == told
    assert not fault.is_json


def test_an_unknown_key_is_kept_for_whoever_knows_the_right_ones():
    assert fault_in(b'{"parts": [{"hole": 1}]}').unknown_key == "hole"
    assert fault_in(b"{}").unknown_key is None


def test_keys_that_are_no_text_are_told():
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"parts": [{"sizes": {3: {}}}]}, Table)
    assert str(fault_of(caught.value)) == "$.parts[0].sizes: keys must be text"


def test_the_words_of_our_own_checks_are_kept():
    text = "p must lie in `[0, 1]` - at `$` or not"
    assert fault_of(msgspec.ValidationError(f"{text} - at `$.flip`")) == Fault(
        ".flip", text, where=".flip"
    )


def test_records_of_a_batch_are_named_by_their_place_in_the_table():
    fault = fault_in(b'[{"parts": [{}]}, {"parts": [{"whole": ""}]}]', list[Table])
    assert fault.at("$.t", first=20).startswith("$.t[21].parts[0].whole: ")


def test_decoding_raises_the_error_that_is_made_of_the_fault():
    assert decode(b'{"whole": 3}', Part, KeyError) == Part(whole=3)
    with pytest.raises(KeyError) as caught:
        decode(b'{"whole": ""}', Part, KeyError)
    assert caught.value.args[0].path == ".whole"
