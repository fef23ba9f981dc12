"""The page about a million images: its tables are those of what was measured."""

import json
from pathlib import Path

import pytest

from benchmarks.million import measured as measure_records
from benchmarks.million_page import MARKS, STAGES, computed, draw, figures, measured

DOCS = Path(__file__).parents[2] / "docs"


def test_the_tables_of_the_page_are_those_of_the_figures():
    results, speed = figures(DOCS)
    page = (DOCS / "million.md").read_text()
    for name, table in (("measured", measured(results)), ("computed", computed(results, speed))):
        start, end = MARKS[name]
        said = page.partition(start)[2].partition(end)[0]
        assert said == table, "run `python -m benchmarks.million --page docs`"


def test_a_million_records_stay_below_500_mb_and_time_is_linear():
    rows = figures(DOCS)[0]["rows"]
    assert [row["records"] for row in rows] == [10_000, 100_000, 1_000_000]
    assert max(row[name]["peak_mb"] for row in rows for name in STAGES) < 500
    for name in ("write", "check", "count"):
        each = [row[name]["cpu_s"] / row["records"] for row in rows[1:]]
        assert each[1] < 1.5 * each[0], name


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason='pip install "cocosynth[bench]"')
    draw(figures(DOCS)[0], tmp_path / "million.png")
    assert (tmp_path / "million.png").stat().st_size > 10_000
    assert (DOCS / "million.png").is_file()


@pytest.mark.slow
def test_it_is_measured(tmp_path):
    found = measure_records(400, tmp_path)
    assert set(found) == {*STAGES, "file"}
    assert all(found[name]["peak_mb"] > 10 for name in STAGES)
    content = json.loads((tmp_path / "annotations/instances_train.json").read_bytes())
    assert (len(content["images"]), len(content["annotations"])) == (100, 300)
    assert len([*(tmp_path / "annotations").iterdir()]) == 9
