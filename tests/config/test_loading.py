"""A configuration comes from a file, a dict or a Config; its paths start from one folder."""

import copy
import re
from pathlib import Path

import numpy as np
import pytest

from cocosynth.config.file import load_config, read_config
from cocosynth.config.kinds import AUGMENT
from cocosynth.core.errors import CocosynthError
from cocosynth.scenes.augment.rotate import Rotate
from cocosynth.sources.options import FolderForeground

CONTENT = {
    "seed": 7,
    "splits": {"train": 3},
    "canvas": {"width": 64, "height": 48},
    "foregrounds": [{"folder": "cutouts"}],
    "backgrounds": [{"coco": "a.json", "images": "a", "annotations": "keep"}],
    "augment": ["flip", {"rotate": {"angle_range": [-5, 5]}}],
}
TEXT = """\
seed: 7
splits: {train: 3}
canvas: {width: 64, height: 48}
foregrounds: [{folder: cutouts}]
backgrounds: [{coco: a.json, images: a, annotations: keep}]
augment: [flip, rotate: {angle_range: [-5, 5]}]
"""


def test_a_dict_is_the_same_configuration_as_a_file(tmp_path):
    (tmp_path / "c.yaml").write_text(TEXT)
    config = load_config(tmp_path / "c.yaml")
    assert config == load_config(str(tmp_path / "c.yaml")) == load_config(CONTENT)


def test_a_dict_stays_as_it_was():
    given = CONTENT | {"placement": {"uniform": {"max_overlap": 1}}, "min_area": 3}
    before = copy.deepcopy(given)
    assert len(read_config(given).notes) == 2
    assert before == given


def test_a_config_comes_back_as_it_is():
    config = load_config(CONTENT)
    assert load_config(config) is config
    assert load_config(config, folder="elsewhere") is config


def test_a_dict_may_hold_what_python_programs_have_at_hand():
    changes = {
        "seed": np.int64(7),
        "splits": {"train": np.int32(3)},
        "canvas": {"width": np.uint16(64), "height": 48},
        "foregrounds": (FolderForeground(folder="cutouts"),),
        "backgrounds": ({"coco": Path("a.json"), "images": Path("a"), "annotations": "keep"},),
        "augment": ("flip", {"rotate": {"angle_range": np.array([-5.0, 5.0])}}),
    }
    config = load_config(CONTENT | changes)
    assert config.make(AUGMENT)[1] == Rotate(angle_range=(-5.0, 5.0))
    assert config == load_config(
        CONTENT | {"augment": ["flip", {"rotate": {"angle_range": [-5.0, 5.0]}}]}
    )


def test_the_folder_is_that_of_the_file_or_the_current_one_or_the_one_given(tmp_path):
    (tmp_path / "params.yaml").write_text("build:\n" + re.sub("^", "  ", TEXT, flags=re.M))
    address = f"{tmp_path / 'params.yaml'}:build"
    config = load_config(address)
    for source, folder in ((address, tmp_path), (CONTENT, Path()), (config, Path())):
        assert read_config(source).folder == folder
        assert read_config(source, folder="x/y").folder == Path("x/y")
        assert read_config(source, folder="x/y").config == config


@pytest.mark.parametrize("folder", [None, "sources"])
def test_absolute_paths_become_relative_to_the_folder(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    source = {"folder": tmp_path / "sources/cutouts"}
    config = load_config(CONTENT | {"foregrounds": [source]}, folder=folder)
    assert config.foregrounds[0].folder == ("cutouts" if folder else "sources/cutouts")


WRONG = {
    "a key": ({"sed": 1}, "configuration: unknown key 'sed'; did you mean 'seed'?"),
    "a value": ({"seed": "x"}, "configuration: seed: expected an integer of 0 or more"),
    "a key that is no text": ({3: 1}, "configuration: keys must be text"),
    "a technique": ({"blend": "fether"}, "configuration: blend: no technique 'fether'"),
    "no list": ({"foregrounds": "cutouts"}, "configuration: foregrounds: expected a list"),
}


@pytest.mark.parametrize(("change", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_in_a_dict_is_one_line(change, told):
    with pytest.raises(CocosynthError, match=f"^{re.escape(told)}"):
        load_config(CONTENT | change)


def test_what_is_no_configuration_at_all_is_a_type_error():
    with pytest.raises(TypeError, match="expected a file, a dict or a Config, got int"):
        load_config(7)
