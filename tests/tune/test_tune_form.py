"""The form has every option, with the limits that are documented."""

import dataclasses

import msgspec
import pytest

from cocosynth.config.config import Config
from cocosynth.config.file import SECTIONS
from cocosynth.config.kinds import KINDS
from cocosynth.tune.form import STORY, TOP, form

FORM = form()
BY_KEY = {field["key"]: field for group in FORM["groups"] for field in group["fields"]}


def test_every_key_of_the_configuration_is_in_the_form_once():
    keys = [field["key"] for group in FORM["groups"] for field in group["fields"]]
    keys += [field["key"] for field in FORM["top"]]
    wanted = []
    for key in Config.__struct_fields__:
        section = SECTIONS.get(key)
        is_whole = key == "canvas" or BY_KEY.get(key, {}).get("nullable")  # all of it, or none
        inner = () if section is None or is_whole else section.__struct_fields__
        wanted += [f"{key}.{name}" for name in inner] or [key]
    assert sorted(keys) == sorted(wanted)


def test_how_many_objects_is_a_range_and_goals_say_what_they_take():
    assert BY_KEY["objects_per_image"]["widget"] == "range"
    assert "small, medium, large" in BY_KEY["sizes"]["help"]
    assert [group["id"] for group in FORM["groups"]][-1] == "export"  # none is unknown


def test_the_story_names_keys_that_there_are():
    told = {key for _, _, keys in STORY.values() for key in keys} | set(TOP)
    assert told <= set(Config.__struct_fields__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_every_technique_and_parameter_is_in_the_form(kind):
    found = FORM["kinds"][kind.key]["techniques"]
    assert set(found) == set(kind.table)
    for name, technique in kind.table.items():
        fields = {field.name for field in dataclasses.fields(technique)} - kind.given
        assert {field["key"] for field in found[name]["fields"]} == fields
        assert found[name]["about"]


SLIDERS = [
    (kind, name, field)
    for kind in KINDS
    for name, technique in FORM["kinds"][kind.key]["techniques"].items()
    for field in technique["fields"]
    if field["widget"] in ("slider", "range") and name != "albumentations"
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_both_ends_of_a_slider_are_values_that_the_technique_takes(kind):
    refused = {}
    for _, name, field in (slider for slider in SLIDERS if slider[0] is kind):
        is_range = field["widget"] == "range"
        for end in ("min", "max"):
            value = [field[end]] * 2 if is_range else field[end]
            try:
                msgspec.convert({field["key"]: value}, kind.table[name])
            except msgspec.ValidationError as error:
                refused[name, field["key"], end] = str(error)
    assert not refused


def test_a_slider_starts_at_a_default_that_lies_on_it():
    for field in (*BY_KEY.values(), *(field for *_, field in SLIDERS)):
        if field["widget"] == "slider" and field.get("default") is not None:
            assert field["min"] <= field["default"] <= field["max"], field


def test_numbers_and_ranges_are_sliders_where_limits_are_documented():
    rotate, *_ = FORM["kinds"]["augment"]["techniques"]["rotate"]["fields"]
    assert (rotate["widget"], rotate["min"], rotate["max"]) == ("range", -360, 360)
    overlap = BY_KEY["limits.max_overlap"]
    assert (overlap["widget"], overlap["min"], overlap["max"]) == ("slider", 0, 1)
    assert "smaller of two objects" in overlap["help"]
