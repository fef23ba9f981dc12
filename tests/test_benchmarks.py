"""Benchmarks run once, tiny, so that they do not rot; what they measure is not looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (["-m", "benchmarks.run", "--images", "10", "--rounds", "1"], "tutorial"),
        (["-m", "benchmarks.memory", "12"], "12 images"),
    ],
    ids=["speed", "memory"],
)
def test_a_benchmark_runs(command, word):
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert word in done.stdout


def test_the_large_file_is_written_and_read(tmp_path):
    script = str(ROOT / "benchmarks/big_coco.py")
    path = str(tmp_path / "big.json")
    for action in ("write", "measure"):
        command = [sys.executable, script, action, path, "--annotations", "300"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
