"""Every benchmark runs once, tiny, so that it does not rot; how fast it is, is not looked at."""

import ast
import functools
import json
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.__main__ import PARTS, measure
from benchmarks.aims import AIMS
from benchmarks.growth import looks
from benchmarks.inputs import Inputs
from benchmarks.peers import claimed_twice
from benchmarks.picture import draw
from benchmarks.report import END, START, tables
from benchmarks.sizes import TINY
from cocosynth.coco.rle import encode
from cocosynth.config.file import load_config
from cocosynth.config.kinds import KINDS
from cocosynth.foregrounds.matting import MATTES
from cocosynth.render.blend import BLEND

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="figures are read from /proc")

CLOSED_FORM = "matte: closed_form"
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def _from_the_sample(monkeypatch):
    monkeypatch.delenv("COCOSYNTH_REAL_COCO", raising=False)


@functools.cache
def measured(name):
    return measure([name], TINY)


def spreads_in(value):
    if isinstance(value, dict):
        if "median" in value:
            yield value
        else:
            yield from (found for part in value.values() for found in spreads_in(part))
    elif isinstance(value, list):
        yield from (found for part in value for found in spreads_in(part))


@pytest.mark.slow
@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_measured_and_told(name):
    results = json.loads(json.dumps(measured(name), allow_nan=False))
    for aim in AIMS:
        if aim.part == name:
            assert aim.text(results["parts"][name]) in tables(results)
    power = results["parts"][name].pop("power", None)  # of next to nothing it may be negative
    assert power is None or power["low"] <= power["median"] <= power["high"]
    spreads = list(spreads_in(results))
    assert spreads
    assert all(0 <= spread["low"] <= spread["median"] <= spread["high"] for spread in spreads)


def test_every_technique_has_a_row():
    """Of each table, but for what another table has and for `albumentations`, any transform."""
    rows = set(looks({"coco": "a.json", "images": "a"}))
    wanted = {*BLEND.table, *(f"matte: {name}" for name in MATTES)}
    for kind in KINDS:
        if not kind.given and kind.key not in ("blend", "variants", "finish"):
            wanted |= {f"{kind.key}: {name}" for name in kind.table}
    assert {name for kind in KINDS if kind.key == "finish" for name in kind.table} <= {
        name.partition(": ")[2] for name in wanted
    }
    missing = {"augment: albumentations"} | (set() if find_spec("pymatting") else {CLOSED_FORM})
    assert rows == wanted - missing


@pytest.mark.parametrize("name", sorted(looks({"folder": "cutouts"})))
def test_the_configuration_of_a_row_can_be_read(name):
    content = {"splits": {"train": 1}, "canvas": "background"}
    sources = {"foregrounds": [{"folder": "cutouts"}], "backgrounds": [{"folder": "backgrounds"}]}
    load_config(content | sources | looks(sources["foregrounds"][0])[name])


def test_no_stage_is_without_time():
    """As it would be if its functions were no longer called."""
    part = measured("stages")["parts"]["stages"]
    for row in part["once"]:
        assert row["cpu_s"]["low"] > 0, row["stage"]
    for row in part["each"]:
        assert row["cpu_ms"]["low"] > 0, row["stage"]


def test_pixels_that_two_annotations_claim_are_counted_once_each(tmp_path):
    masks = np.zeros((3, 4, 5), bool)
    masks[0, :2], masks[1, 1:, :3], masks[2] = True, True, True
    annotations = [
        {"image_id": image, "segmentation": {"size": [4, 5], "counts": encode(mask)}}
        for image, mask in zip((1, 1, 2), masks, strict=True)
    ]
    (tmp_path / "annotations").mkdir()
    path = tmp_path / "annotations/instances_train.json"
    path.write_text(json.dumps({"annotations": annotations}))
    assert claimed_twice(tmp_path) == 3


def test_what_works_with_a_peer_imports_nothing_of_ours():
    """Their licences are not ours: they run in environments of their own."""
    parsed = ast.parse((DOCS.parent / "benchmarks/peer.py").read_text())
    imported = {
        name
        for node in ast.walk(parsed)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (getattr(node, "module", None), *(alias.name for alias in node.names))
    }
    assert not [name for name in imported if name and name.startswith(("cocosynth", "benchmarks"))]


def test_frames_have_the_size_and_no_two_are_equal(tmp_path):
    frames = Inputs.in_folder(tmp_path, TINY).frames(12, size=(160, 120))
    assert {cv2.imread(str(frame)).shape for frame in frames} == {(120, 160, 3)}
    assert len({frame.read_bytes() for frame in frames}) == 12


@pytest.mark.parametrize(("median", "reached"), [(1.19, True), (1.204, True), (1.21, False)])
def test_an_aim_is_reached_up_to_its_limit(median, reached):
    part = {"rows": {"build, 1 worker": {"floor_cpu": {"median": median}}}}
    assert AIMS[0].reached(part) is reached


def test_the_page_tells_what_was_saved():
    results = json.loads((DOCS / "benchmarks.json").read_text())
    assert set(results["parts"]) == set(PARTS)
    page = (DOCS / "benchmarks.md").read_text()
    assert page.partition(START)[2].partition(END)[0] == tables(results), "run `make bench`"


def test_the_picture_is_drawn_from_what_was_saved(tmp_path):
    pytest.importorskip("matplotlib", reason='pip install "cocosynth[bench]"')
    draw(json.loads((DOCS / "benchmarks.json").read_text()), tmp_path / "benchmarks.png")
    drawn, saved = (cv2.imread(str(folder / "benchmarks.png")) for folder in (tmp_path, DOCS))
    assert drawn.shape[1] == saved.shape[1] == 1210
    assert drawn.std() > 10
    assert (drawn[:, -3:] == 255).all(), "a title is cut off"
