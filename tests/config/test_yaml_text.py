"""YAML is written so that it reads back, comments and all."""

import pytest
from ruamel.yaml import YAML

from cocosynth.config.nested_yaml import under_key
from cocosynth.config.yaml_text import parse_yaml, write_yaml

COMMENTED = """\
# head

# second head
seed: 5  # five

# before the canvas
canvas: {width: 3,   # in a flow
  height: 4}
text: |
  two # no comment

  lines
# after a block
list:
# before the items
- x    # an item
- a: 1
  # in an item
  b: 'quoted'
# the end
"""
NESTED = """\
build:
  # head

  # second head
  seed: 5  # five

  # before the canvas
  canvas: {width: 3, height: 4}
  text: |
    two # no comment

    lines
  # after a block
  list:
  # before the items
  - x    # an item
  - a: 1
    # in an item
    b: 'quoted'
  # the end
  more:
    none: null
"""


def test_comments_keep_their_places_under_a_key():
    assert under_key(COMMENTED.encode(), "build", {"more": {"none": None}}).decode() == NESTED


STYLES = [
    "a:\n    b:\n        c: 1   # deep\n    # between\n    d: 2\n",
    "a:\n  - b   # an item\n  # between\n  - c: 1\n    d: 2\n",
    "a: 1\n",
]


@pytest.mark.parametrize("text", STYLES, ids=["four spaces", "lists in by two", "one line"])
def test_a_file_is_indented_as_it_was(text):
    width = 4 if "\n    b" in text else 2
    wanted = "build:\n" + "".join(" " * width + line + "\n" for line in text.splitlines())
    assert under_key(text.encode(), "build", {}).decode() == wanted


def test_what_a_file_has_is_not_replaced_by_a_default():
    made = under_key(b"a: 1  # one\n", "build", {"a": 2, "b": 3}).decode()
    assert made == "build:\n  a: 1  # one\n  b: 3\n"


SCALARS = """
1e-3 1E5 +.5 .5 1_000 017 0x0c 0o17 12:30 2024-05-06 1.50 yes no null ~ true 'yes' "1e-3" .nan .inf
"""


def test_every_scalar_means_the_same_under_a_key():
    text = "".join(f"k{n}: {scalar}\n" for n, scalar in enumerate(SCALARS.split()))
    text += "base: &base {x: 1}\nmerged:\n  <<: *base\n  y: 2\nlong: " + "word " * 60 + "\n"
    before = parse_yaml(text.encode(), "x")
    after = parse_yaml(under_key(text.encode(), "build", {}), "x")["build"]
    assert repr(before) == repr(after)


def test_a_file_in_braces_is_left_to_be_written_in_lines():
    assert under_key(b'{"a": 1}', "build", {}) is None


def test_values_are_written_in_their_order_and_read_back():
    content = {"b": {"y": "yes", "x": "1e-3"}, "a": [None, 1e-3, True, [], {}, "a: b", "${x}", ""]}
    text = write_yaml(content, head="# head\n")
    assert text.startswith(b"# head\nb:\n  y: yes\n  x: '1e-3'\na:\n- null\n")
    assert parse_yaml(text, "x") == content
    assert YAML(typ="rt").load(text) == content
