"""Limits that stand where they once stood are read all the same, with a note."""

import re

import pytest
from small_builds import write_config, write_cutouts

from cocosynth.config.file import dump_config, load_config, read_config
from cocosynth.core.errors import CocosynthError
from cocosynth.labels.options import Limits

LEAST = {
    "splits": {"train": 1},
    "canvas": "background",
    "foregrounds": [{"folder": "cutouts"}],
    "backgrounds": [{"folder": "backgrounds"}],
}
OLD = {
    "at the top": ({"min_visibility": 0.5, "min_area": 9}, Limits(min_visibility=0.5, min_area=9)),
    "in uniform": (
        {"placement": {"uniform": {"max_truncation": 0, "max_overlap": 1, "tries": 5}}},
        Limits(max_truncation=0, max_overlap=1),
    ),
    "of every placement": (
        {"placement": {"source": {"jitter": 0.2, "flush": False, "tries": 7}}},
        Limits(),
    ),
    "in source": ({"placement": {"source": {"max_overlap": 1}}}, Limits(max_overlap=1)),
    "beside new ones": (
        {"min_area": 9, "limits": {"max_overlap": 1}},
        Limits(min_area=9, max_overlap=1),
    ),
}


@pytest.mark.parametrize(("old", "limits"), OLD.values(), ids=OLD)
def test_an_old_spelling_means_what_it_did(old, limits):
    loaded = read_config(LEAST | old)
    assert loaded.config.limits == limits
    placement = old.get("placement", "uniform")
    if placement != "uniform":
        [(name, parameters)] = placement.items()
        moved = {"max_truncation", "max_overlap", "flush", "tries"}
        rest = {key: value for key, value in parameters.items() if key not in moved}
        assert loaded.config.placement == {name: rest}
        assert loaded.config.tries == parameters.get("tries", 20)
        assert loaded.config.flush == parameters.get("flush", True)


def test_each_key_that_moved_is_noted_once():
    old = {"min_area": 9, "placement": {"uniform": {"max_overlap": 1}}}
    notes = ("`min_area` stands under `limits:` now", "`max_overlap` stands under `limits:` now")
    assert read_config(LEAST | old).notes == notes
    assert read_config(LEAST | {"limits": {"min_area": 9}, "placement": "source"}).notes == ()
    old = {"placement": {"uniform": {"tries": 5}}}
    assert read_config(LEAST | old).notes == ("`tries` stands at the top now, beside `placement:`",)


def test_in_python_a_note_is_a_warning():
    with pytest.warns(UserWarning, match="^`min_area` stands under `limits:` now$"):
        load_config(LEAST | {"min_area": 9})


TWICE = [
    {"min_area": 9, "limits": {"min_area": 9}},
    {"placement": {"source": {"max_overlap": 0}}, "limits": {"max_overlap": 0}},
]


def test_tries_in_both_places_are_refused():
    both = {"placement": {"source": {"tries": 5}}, "tries": 5}
    with pytest.raises(CocosynthError, match="tries is given twice; keep the one at the top"):
        load_config(LEAST | both)


@pytest.mark.parametrize("both", TWICE, ids=["min_area", "max_overlap"])
def test_both_spellings_of_one_limit_are_refused(both):
    [key] = both["limits"]
    with pytest.raises(CocosynthError, match=f"{key} is given twice; keep the one under `limits:`"):
        load_config(LEAST | both)


WRONG = {
    "a value": ({"min_area": -1}, "limits.min_area: expected an integer of 0 or more, got -1"),
    "no limits": ({"min_area": 5, "limits": None}, "limits: expected a mapping, such as"),
    "no placement": ({"min_area": 5, "placement": 3}, "placement: expected"),
    "two placements": (
        {"placement": {"uniform": {"max_overlap": 1}, "source": {}}},
        "placement: expected one name, got 2",
    ),
}


@pytest.mark.parametrize(("old", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_in_an_old_spelling_is_one_line(old, told):
    with pytest.raises(CocosynthError, match=re.escape(told)):
        load_config(LEAST | old)


def test_what_is_written_has_the_new_spelling(tmp_path):
    (tmp_path / "c.yaml").write_bytes(dump_config(read_config(LEAST | {"min_area": 9}).config))
    assert b"limits:\n" in (tmp_path / "c.yaml").read_bytes()
    assert load_config(tmp_path / "c.yaml").limits.min_area == 9


def test_the_terminal_shows_the_note_unless_it_is_to_be_quiet(tmp_path, here):
    write_cutouts(tmp_path / "cutouts", names=("disk",), copies=2)
    write_config(tmp_path, splits={"train": 1}, min_area=9)
    for quiet in ((), ("--quiet",)):
        done = here("extract", "--overwrite", "--workers", "1", *quiet)
        assert done.returncode == 0
        shown = "note: `min_area` stands under `limits:` now\n" in done.stderr
        assert shown is not bool(quiet)
