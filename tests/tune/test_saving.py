"""A file that is saved keeps its comments, and gets what differs from the defaults."""

import json
import textwrap

import pytest

from cocosynth.config.file import read_config
from cocosynth.config.yaml_text import parse_yaml
from cocosynth.tune.saving import saved_text

OLD = b"""\
# The coins of the museum.
seed: 11  # a good one
splits: {train: 24, val: 8}

# As the camera has it.
canvas: {width: 640, height: 480}
foregrounds:
  - folder: cutouts  # made by hand
backgrounds:
  - folder: backgrounds
augment:
  # mirrored coins do not exist
  - rotate: {angle_range: [-10, 10]}  # they lie flat
  - scale: {canvas_range: [0.2, 0.7]}
# Few are hidden.
limits:
  max_overlap: 0.5
  min_area: 64  # pixels
blend: feather
"""


def equal(first, second):
    try:
        return read_config(first).config == read_config(second).config
    except Exception:
        return False


def saved(change, old=OLD, key=None):
    values = parse_yaml(old, "old")
    for part in key.split(".") if key else ():
        values = values[part]
    change(values)
    text = saved_text(old, key, values, equal)
    return values, text.decode()


def test_what_is_not_changed_stays_byte_for_byte():
    _, text = saved(lambda values: None)
    assert text == OLD.decode()


def test_a_changed_value_keeps_its_comment_and_all_others():
    def change(values):
        values["seed"] = 12
        values["limits"]["max_overlap"] = 0.3
        values["augment"][0]["rotate"]["angle_range"] = [-25, 25]

    values, text = saved(change)
    expected = OLD.decode().replace("seed: 11", "seed: 12").replace("[-10, 10]", "[-25, 25]")
    assert text == expected.replace("max_overlap: 0.5", "max_overlap: 0.3")
    assert parse_yaml(text.encode(), "new") == values


def test_what_is_as_the_defaults_have_it_is_not_written():
    def change(values):
        values["tries"] = 20
        values["order"] = "random"
        values["shadow"] = [{"contact": {"size": 0.1}}]
        values["limits"]["max_upscale"] = 2

    _, text = saved(change)
    assert text == OLD.decode() + "shadow:\n  - contact: {size: 0.1}\n"


def test_comments_below_what_is_removed_stay():
    def change(values):
        del values["augment"]
        del values["seed"]
        values["splits"] = {"train": 3}

    values, text = saved(change)
    for comment in ("# The coins", "# As the camera", "# Few are hidden.", "# made by hand"):
        assert comment in text
    assert parse_yaml(text.encode(), "new") == values


def test_steps_are_moved_added_and_removed():
    def change(values):
        values["augment"] = ["flip", values["augment"][1], values["augment"][0]]

    values, text = saved(change)
    assert parse_yaml(text.encode(), "new") == values
    assert "# they lie flat" in text
    assert "# Few are hidden." in text


@pytest.mark.parametrize("old", [b"", b"# nothing yet\n"])
def test_a_new_file_is_written_whole(old):
    values = parse_yaml(OLD, "old")
    text = saved_text(old, None, values, equal)
    assert parse_yaml(text, "new")["augment"] == values["augment"]


def test_a_configuration_under_a_key_is_saved_there():
    old = b"other: 1  # stays\nbuild:\n" + textwrap.indent(OLD.decode(), "  ").encode()

    def change(values):
        values["seed"] = 15

    _, text = saved(change, old, "build")
    assert text == old.decode().replace("seed: 11", "seed: 15")


def test_json_stays_json():
    values = parse_yaml(OLD, "old")
    old = json.dumps(values).encode()
    text = saved_text(old, None, values | {"seed": 5}, equal)
    assert json.loads(text) == values | {"seed": 5}
