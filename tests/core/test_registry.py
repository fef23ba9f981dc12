"""A technique is made from its name and its parameters, or refused in one line."""

import dataclasses
import re
from pathlib import Path

import pytest

from cocosynth.config.docstrings import parameters_of
from cocosynth.config.kinds import KINDS
from cocosynth.core.errors import CocosynthError
from cocosynth.core.registry import make, name_of
from cocosynth.core.suggest import choices
from cocosynth.export.context import ExportContext
from cocosynth.export.options import Export, Info
from cocosynth.render.blend import BLEND_MODES
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.placement import PLACEMENTS

NAMED = [(kind, name) for kind in KINDS for name in kind.table]
named = pytest.mark.parametrize(
    ("kind", "name"), NAMED, ids=[f"{kind.key}-{name}" for kind, name in NAMED]
)


@dataclasses.dataclass(frozen=True)
class Glow:
    """A technique of the user's own."""

    strength: float
    colors: tuple[int, ...] = ()

    def __post_init__(self):
        if self.strength < 0:
            raise ValueError(f"strength must be 0 or more, got {self.strength}")


def plain():
    """Is no dataclass."""


@named
def test_a_technique_has_a_default_for_every_parameter_or_names_the_missing_one(kind, name):
    technique = kind.table[name]
    given = {"context": ExportContext(Path(), {}, Export(), Info())} if kind.given else {}
    missing = [p.name for p in parameters_of(technique, kind.given) if p.is_needed]
    for spec in (name, {name: {}}, {name: None}):
        if missing:
            with pytest.raises(CocosynthError, match=f"{name}: the key {missing[0]!r} is missing"):
                make(kind.table, spec, where=kind.key, given=given)
        else:
            assert make(kind.table, spec, where=kind.key, given=given) == technique(**given), spec


def test_only_what_wraps_the_techniques_of_others_needs_a_parameter():
    needy = {
        name
        for kind, name in NAMED
        if any(p.is_needed for p in parameters_of(kind.table[name], kind.given))
    }
    assert needy == {"albumentations"}


@named
def test_a_technique_is_named_as_its_file(kind, name):
    assert kind.table[name].__module__.endswith(f".{name}")


@named
def test_a_technique_has_what_its_kind_needs(kind, name):
    assert all(hasattr(kind.table[name], member) for member in kind.needs)


@named
def test_every_parameter_is_described(kind, name):
    documented = kind.table[name].__doc__
    for field in dataclasses.fields(kind.table[name]):
        if field.name in kind.given:
            continue
        assert re.search(rf"\b{field.name}\b.* : ", documented), field.name


def test_parameters_are_set():
    assert make(AUGMENTATIONS, {"flip": {"p": 0.25}}, where="augment[0]").p == 0.25


def test_a_class_of_the_users_own_is_found_by_its_dotted_path():
    spec = {f"{__name__}:Glow": {"strength": 2, "colors": [1, 2]}}
    made = make({}, spec, where="blend")
    assert (type(made).__name__, made.strength, made.colors) == ("Glow", 2.0, (1, 2))


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("flipp", "augment[0]: no technique 'flipp'; did you mean 'flip'?"),
        ("zzz", "augment[0]: no technique 'zzz'; choose from flip, perspective, quarter_turn, ro"),
        ({}, "augment[0]: expected one name, got 0"),
        ({"flip": {}, "scale": {}}, "augment[0]: expected one name, got 2: flip, scale"),
        ({"flip": {"q": 1}}, "augment[0].flip: no parameter 'q'; choose from direction, p"),
        ({"rotate": {"angle": 1}}, "no parameter 'angle'; did you mean 'angle_range'?"),
        (
            {"flip": {"p": "often"}},
            "augment[0].flip.p: expected a number, such as `p: 0.5`; got the text 'often'",
        ),
        ({"flip": {"p": 1.5}}, "augment[0].flip: p must lie in [0, 1], got 1.5"),
        ({"flip": {"p": float("nan")}}, "p must lie in [0, 1], got nan"),
        ({"rotate": {"angle_range": [10, -10]}}, "angle_range must go from low to high"),
        ({"rotate": {"angle_range": [0, 361]}}, "angle_range must lie in [-360, 360]"),
        ({"rotate": {"angle_range": [0]}}, "augment[0].rotate.angle_range: expected a list"),
        ({"rotate": {"angle_range": 5}}, "augment[0].rotate.angle_range: expected a list"),
        ({"rotate": {"angle_range": [0, float("inf")]}}, "angle_range must be finite"),
        ({"scale": {"factor_range": [0, 1]}}, "factor_range must lie in [0.001, 1000]"),
        ({"scale": {"factor_range": [1, 1], "canvas_range": [1, 1]}}, "not both"),
        ({"translate": {"x_range": [1, -1]}}, "x_range must go from low to high"),
        ("no.such.module:X", "augment[0]: cannot import 'no.such.module:X'"),
        (".relative:X", "augment[0]: cannot import '.relative:X'"),
        (":X", "augment[0]: cannot import ':X'"),
        (f"{__name__}:Missing", "augment[0]: cannot import"),
        (f"{__name__}:plain", "is not a dataclass"),
        (f"{__name__}:Glow", "the key 'strength' is missing"),
        ({f"{__name__}:Glow": {"strength": -1}}, "Glow: strength must be 0 or more, got -1"),
        ({f"{__name__}:Glow": {"strenght": 1}}, "did you mean 'strength'?"),
    ],
)
def test_what_cannot_be_made_is_one_line_that_says_where_and_why(spec, told):
    with pytest.raises(CocosynthError, match=re.escape(told)) as caught:
        make(AUGMENTATIONS, spec, where="augment[0]")
    assert str(caught.value).startswith("augment[0]")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "spec", "told"),
    [
        (PLACEMENTS, {"source": {"jitter": 2}}, "jitter must lie in [0, 1]"),
        (BLEND_MODES, {"feather": {"radius": -1}}, "radius must lie in [0, 100]"),
        (BLEND_MODES, {"feather": {"rim": -1}}, "rim must lie in [0, 100]"),
        (BLEND_MODES, {"feather": {"rim": 1.5}}, "feather.rim: expected an integer, got 1.5"),
    ],
)
def test_a_parameter_out_of_range_is_told_with_its_value(table, spec, told):
    with pytest.raises(CocosynthError, match=re.escape(told)):
        make(table, spec, where="here")


@pytest.mark.parametrize("spec", ["flip", {"flip": None}, {"flip": {"p": 1}}])
def test_the_name_of_a_spec(spec):
    assert name_of(spec) == "flip"


def test_without_a_choice_none_is_offered():
    assert choices("x", ()) == "there is none to choose from"
