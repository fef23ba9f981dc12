"""The process that workers are forked from: what it is told to load early, workers have."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import sys
from cocosynth.core.executors import Processes
from cocosynth.core.fork_server import start_early

def has(name):
    return name in sys.modules

if __name__ == "__main__":
    start_early(["cocosynth.coco.names", "cocosynth.there.is.none"])
    print(list(Processes(2)(has, ["cocosynth.coco.names"] * 3)))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="workers are spawned here"
)
def test_workers_begin_with_what_is_loaded_early(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("[True, True, True]\n", "")
