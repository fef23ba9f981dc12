"""A key that occurs twice is seen, wherever colons stand, and what has none is let pass."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.coco.duplicate_keys import duplicate_keys, hides_member, hides_value

names = st.text(alphabet=':ab"\\\N{SNOWMAN}', max_size=4)
values = st.recursive(
    st.none() | st.integers(-9, 9) | names,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(names, children, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(names, values, min_size=1, max_size=4)
asciis = st.booleans()


def with_first_key_twice(record, value, ascii):
    """Write a record whose first key occurs again, before it."""
    key = json.dumps(next(iter(record)), ensure_ascii=ascii)
    hidden = json.dumps(value, ensure_ascii=ascii)
    return f"{{{key}: {hidden}, {json.dumps(record, ensure_ascii=ascii)[1:]}"


def raws(text):
    return msgspec.json.decode(text, type=dict[str, msgspec.Raw])


@given(objects, asciis)
def test_an_object_whose_keys_differ_hides_nothing(record, ascii):
    text = json.dumps(record, ensure_ascii=ascii).encode()
    assert not hides_member(text, raws(text))


@given(objects, values, asciis)
def test_an_object_with_a_key_twice_hides_a_member(record, value, ascii):
    text = with_first_key_twice(record, value, ascii).encode()
    assert hides_member(text, raws(text))


@given(st.lists(objects, max_size=3), asciis)
def test_records_whose_keys_differ_hide_nothing_and_repeat_none(records, ascii):
    text = json.dumps(records, ensure_ascii=ascii).encode()
    assert not hides_value(text, msgspec.json.decode(text, type=list[dict[str, msgspec.Raw]]))
    assert list(duplicate_keys(text, records)) == []


@given(st.lists(objects, min_size=1, max_size=3), values, asciis, st.data())
def test_a_record_with_a_key_twice_is_named_by_position_and_key(records, value, ascii, data):
    at = data.draw(st.integers(0, len(records) - 1))
    texts = [json.dumps(record, ensure_ascii=ascii) for record in records]
    texts[at] = with_first_key_twice(records[at], value, ascii)
    text = f"[{', '.join(texts)}]".encode()
    assert hides_value(text, msgspec.json.decode(text, type=list[dict[str, msgspec.Raw]]))
    assert list(duplicate_keys(text, records)) == [(at, next(iter(records[at])))]


def test_colons_that_are_written_as_escapes_are_no_second_key():
    text = rb'{"a\u003ab": "\u003a"}'
    assert not hides_member(text, raws(text))
    assert not hides_value(b"[%b]" % text, [raws(text)])
    assert list(duplicate_keys(b"[%b]" % text, [{"a:b": ":"}])) == []
