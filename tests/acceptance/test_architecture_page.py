"""The page for contributors names what is there, and its example is a technique."""

import re
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from test_architecture import FLOORS

from cocosynth import load_config
from cocosynth.config.kinds import FINISH, KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
ROWS = re.findall(r"^\| a .*? \| `([\w/]+/)` \| (.*?) \| `(tests/\S+)` \|$", PAGE, re.MULTILINE)


def test_every_folder_is_on_the_page():
    for room in FLOORS:
        assert f"`{room}/`" in PAGE


def test_what_it_names_is_there():
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", PAGE))
    assert len(named) > 30
    for name in named - {"cocosynth/render/tones/sepia.py"}:
        assert (ROOT / name).exists() or (ROOT / "cocosynth" / name).exists(), name


@pytest.mark.parametrize("kind", KINDS, ids=[kind.key for kind in KINDS])
def test_every_table_of_techniques_has_a_row_with_what_a_class_needs(kind):
    rows = {folder.strip("/").replace("/", "."): asked for folder, asked, _ in ROWS}
    for technique in kind.table.values():
        home = technique.__module__.removeprefix("cocosynth.").rpartition(".")[0]
        for need in set(kind.needs) - {"__call__"}:
            assert f"`{need}`" in rows[home], home


@pytest.fixture
def sepia(tmp_path, monkeypatch):
    [source] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "sepia.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    yield {"sepia:Sepia": {"strength_range": [0.5, 0.5]}}
    sys.modules.pop("sepia", None)


def test_the_example_of_the_page_is_a_tone(sepia):
    config = load_config(ROOT / "sample_data/cocosynth.yaml")
    [tone] = msgspec.structs.replace(config, finish=(sepia,)).make(FINISH)
    values = tone.sample(np.random.default_rng(0))
    assert values == {"strength": 0.5}
    blue = np.zeros((4, 5, 3), np.uint8) + np.array([0, 0, 240], np.uint8)
    changed = tone.apply(blue, values)
    assert changed.dtype == np.uint8
    assert changed.shape == blue.shape
    assert changed[0, 0, 0] > 30
    assert changed[0, 0, 2] < 180
    assert (blue[..., 2] == 240).all()
