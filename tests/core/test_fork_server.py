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


_ENDS = """
import atexit
from multiprocessing import forkserver
from cocosynth.core.ending import end
from cocosynth.core.fork_server import start_early

if __name__ == "__main__":
    start_early(["cocosynth.coco.names"])
    print(forkserver._forkserver._forkserver_pid)
    end(SystemExit(0))
"""

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="workers are spawned here"
)


@pytest.mark.slow
def test_workers_begin_with_what_is_loaded_early(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("[True, True, True]\n", "")


@pytest.mark.slow
def test_it_ends_with_the_command(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_ENDS)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    status = Path(f"/proc/{done.stdout.strip()}/stat")
    assert not status.exists() or " Z " in status.read_text()  # dead, if nobody has seen it yet
