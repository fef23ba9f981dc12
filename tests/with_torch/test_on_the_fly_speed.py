"""The script that measures composing on the fly still runs."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_builds import built

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_images_a_second_are_measured_both_ways(tmp_path):
    if not importlib.util.find_spec("torch"):
        pytest.skip("torch is not installed (extra `torch`)")
    built(tmp_path)
    config = tmp_path / "cocosynth.yaml"
    script = ("-m", "benchmarks.on_the_fly", config, "--images", "4", "--rounds", "1")
    done = subprocess.run(
        [sys.executable, *map(str, script)], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert {(row["images"], row["workers"], row["what"]) for row in rows} == {
        (images, workers, what)
        for images in ("on the fly", "files")
        for workers in (0, 2)
        for what in ("loading", "training")
    }
    assert all(row["per_second"]["median"] > 0 for row in rows)
    assert all(0 <= row["idle"]["median"] <= 1 for row in rows)
