"""A preset fills in its keys, and nothing that the user has said."""

import dataclasses
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocosynth.config.config import Config
from cocosynth.config.file import dump_config, load_config, read_config
from cocosynth.config.kinds import KINDS
from cocosynth.config.presets import PRESETS, PresetName
from cocosynth.config.presets_page import presets_page
from cocosynth.core.choose import CHOOSE, WEIGHT
from cocosynth.core.errors import CocosynthError

COCO = {"coco": "a.json", "images": "a"}
CUTOUTS = {"folder": "cutouts"}
LEAST = {
    "splits": {"train": 2},
    "canvas": {"width": 640, "height": 480},
    "foregrounds": [COCO],
    "backgrounds": [{"coco": "b.json", "images": "b", "annotations": "keep"}],
}
SOURCES = {
    "coco": {},
    "cutouts": {"foregrounds": [CUTOUTS], "backgrounds": [{"folder": "b"}]},
    "both": {"foregrounds": [CUTOUTS, COCO]},
}


def read(**changes):
    return read_config(LEAST | changes)


@pytest.mark.parametrize("sources", SOURCES)
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_what_is_written_into_config_yaml(name, sources, tmp_path):
    config = read(preset=name, **SOURCES[sources]).config
    (tmp_path / "config.yaml").write_bytes(dump_config(config))
    assert b"preset" not in (tmp_path / "config.yaml").read_bytes()
    assert load_config(tmp_path / "config.yaml") == config
    assert config != read(**SOURCES[sources]).config


def techniques(part):
    """Yield each technique that a part names, with the names of the parameters that it gives."""
    kinds = {kind.key: kind.table for kind in KINDS}
    if part.name in kinds and part.value:
        named = {part.value: {}} if isinstance(part.value, str) else part.value
        for name, parameters in named.get(CHOOSE, named).items():
            yield kinds[part.name][name], set(parameters) - {WEIGHT}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_gives_every_parameter_so_that_no_new_default_changes_it(name):
    alternatives = {"polygons", "categories"}  # of a region: one is enough
    checked = 0
    for part in PRESETS[name].parts:
        assert part.why
        for technique, named in techniques(part):
            fields = [one for one in dataclasses.fields(technique) if one.default is not None]
            assert {one.name for one in fields} - alternatives <= named, (part.name, technique)
            checked += 1
    assert checked > 1


def test_every_preset_has_a_name_that_the_schema_knows():
    assert get_args(PresetName) == tuple(PRESETS)


def test_the_page_of_presets_is_the_one_of_the_code():
    page = Path(__file__).parents[2] / "docs/presets.md"
    assert page.read_text() == presets_page(), "run `make schemas`"


def test_a_key_beside_it_takes_the_place_of_the_presets():
    config = read(
        preset="realistic",
        augment=["flip"],
        placement="uniform",
        limits={"min_area": 100, "max_overlap": 0.7},
        foregrounds=[COCO | {"whole": 0}, COCO | {"matte": "none"}],
        order="random",
    ).config
    assert config.augment == ("flip",)
    assert config.placement == "uniform"
    assert config.limits.min_area == 100
    assert config.limits.max_overlap == 0.7
    assert config.limits.max_upscale == 1.25  # the preset's
    assert config.order == "random"
    assert [(one.whole, one.matte) for one in config.foregrounds] == [(0, "guided"), (0.8, "none")]


@pytest.mark.parametrize(
    ("name", "given_"),
    [("cut-paste-learn", {"blend": "paste"}), ("realistic", {"variants": ["paste", "gaussian"]})],
)
def test_a_blend_and_variants_replace_each_other(name, given_):
    config = read(preset=name, **given_).config
    assert (config.blend == "paste") == ("blend" in given_)
    assert bool(config.variants) == ("variants" in given_)


def test_keys_in_their_old_places_override_as_well():
    config = read(
        preset="realistic", min_area=7, placement={"uniform": {"max_overlap": 0.9}}
    ).config
    assert (config.limits.min_area, config.limits.max_overlap) == (7, 0.9)


def test_what_a_preset_lacks_is_one_line_and_only_where_it_lacks():
    assert read(preset="realistic").notes == ()
    assert read(preset="realistic", foregrounds=[CUTOUTS, COCO]).notes == ()
    [note] = read(preset="realistic", foregrounds=[CUTOUTS]).notes
    assert note.startswith("preset realistic: folders of cut-outs do not say where objects stand")
    assert read(preset="realistic", foregrounds=[CUTOUTS], placement="uniform").notes == ()
    [plain] = read(preset="simple-copy-paste", backgrounds=[{"folder": "b"}]).notes
    assert "annotations: keep" in plain
    assert len(read(preset="instaboost").notes) == 1


def test_what_coco_foregrounds_alone_take_is_given_to_those_alone():
    kept = COCO | {"skip_truncated": False}
    config = read(preset="cut-paste-learn", foregrounds=[COCO, CUTOUTS, kept]).config
    found = [getattr(one, "skip_truncated", None) for one in config.foregrounds]
    assert found == [True, None, False]


def test_a_preset_that_does_not_exist_is_one_line():
    with pytest.raises(CocosynthError) as caught:
        read(preset="realistik")
    assert str(caught.value) == (
        "configuration: preset: there is no preset 'realistik'; did you mean 'realistic'?"
    )


@pytest.mark.parametrize("value", [7, True, ["realistic"], {"realistic": {}}, "", "Tutorial"])
def test_a_preset_of_another_type_is_one_line(value):
    with pytest.raises(CocosynthError, match=r"^configuration: preset: there is no preset "):
        read(preset=value)


def test_a_config_made_in_python_does_not_take_a_preset_it_would_not_follow():
    few = read().config
    with pytest.raises(ValueError, match="preset: is read by load_config"):
        msgspec.structs.replace(few, preset="realistic")
    kept = {name: getattr(few, name) for name in LEAST}
    with pytest.raises(ValueError, match="preset: is read by load_config"):
        Config(preset="realistic", **kept)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
KEYS = ["augment", "placement", "limits", "foregrounds", "backgrounds", "blend", "variants"]


@settings(max_examples=30)
@given(st.sampled_from(sorted(PRESETS)), st.dictionaries(st.sampled_from(KEYS), JUNK, max_size=3))
def test_junk_beside_a_preset_is_one_line(name, junk):
    said = ""
    try:
        read(preset=name, **junk)
    except CocosynthError as error:
        said = str(error)
    assert "\n" not in said
