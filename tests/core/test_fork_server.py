"""The process that workers are forked from: what it is told to load early, workers have."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cocosynth.core.threads import ONE_THREAD

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

_FORKS = """
import os, sys, threading
from cocosynth.core import fork_server
from cocosynth.core.ending import end
from cocosynth.core.executors import Processes

def has(name):
    return name in sys.modules

if __name__ == "__main__":
    sys.modules["made.up"] = sys
    {before}
    fork_server.fork_here()
    started = sys.modules.get("multiprocessing.forkserver")
    print("server" if started and started._forkserver._forkserver_pid else "none", end=" ")
    print(list(Processes(2)(has, ["made.up"] * 3)))
    if started:
        pipe = os.fstat(started._forkserver._forkserver_alive_fd).st_ino
        other = os.listdir(f"/proc/{{started._forkserver._forkserver_pid}}/fd")
        there = [f"/proc/{{started._forkserver._forkserver_pid}}/fd/{{n}}" for n in other]
        print([os.stat(path).st_ino for path in there].count(pipe))
    end(SystemExit(0))
"""

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="workers are spawned here"
)


_LEFT = """
import os
from multiprocessing import forkserver
from cocosynth.core import fork_server

if __name__ == "__main__":
    fork_server.allow_fork()
    fork_server.fork_here()
    for sent in (b"", b"\\x80\\x04\\x95"):
        sentinel, pipe = forkserver.connect_to_new_process([])
        number = forkserver.read_signed(sentinel)
        os.write(pipe, sent)
        os.close(pipe)
        print(forkserver.read_signed(sentinel), end=" ")
"""


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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="it is not forked here")
@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("fork_server.allow_fork()", "server [True, True, True]\n1\n"),
        ("", "none [False, False, False]\n"),
        ("fork_server.allow_fork(); threading.Timer(100, print).start()", "none"),
    ],
)
def test_the_fork_of_a_command_has_all_that_is_loaded(
    tmp_path: Path, before: str, said: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(_FORKS.format(before=before))
    with subprocess.Popen(
        [sys.executable, script],
        env=os.environ | ONE_THREAD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        stdout, _ = running.communicate(timeout=120)
    assert stdout.startswith(said)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="it is not forked here")
def test_a_worker_that_is_given_up_while_it_starts_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "left.py").write_text(_LEFT)
    done = subprocess.run(
        [sys.executable, "left.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1"], "both have failed"
    assert done.stderr == ""
