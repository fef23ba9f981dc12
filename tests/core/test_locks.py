"""One process holds a lock, until it ends; without locks the work goes on and says so."""

import errno
import fcntl
import os
import subprocess
import sys

import pytest

from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.locks import locked

HOLD = """
import sys
from pathlib import Path
from cocosynth.core.locks import locked
with locked(Path(sys.argv[1]), busy="busy", note=print):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lock"


def held(path):
    """Try to hold a lock; return the notes that were made."""
    said = []
    with locked(path, busy="somebody else holds it", note=said.append):
        return said


def hold_elsewhere(path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    return child


def fail_with(monkeypatch, number):
    """Let the system answer as a file system does that is mounted without locks."""

    def flock(stream, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_lock_that_another_process_holds_is_refused_until_that_ends_however(path):
    child = hold_elsewhere(path)
    with pytest.raises(CocosynthError, match="somebody else holds it"):
        held(path)
    child.kill()
    child.communicate()
    assert held(path) == []


def test_a_lock_is_held_once_in_one_process_too(path):
    with (
        locked(path, busy="held", note=print),
        pytest.raises(CocosynthError, match="somebody else holds it"),
    ):
        held(path)
    assert held(path) == []


def test_an_error_inside_frees_the_lock(path):
    with pytest.raises(KeyError), locked(path, busy="held", note=print):
        raise KeyError
    assert held(path) == []


def test_the_file_stays_unless_its_holder_deletes_it(path):
    held(path)
    assert path.exists()
    with locked(path, busy="held", note=print):
        path.unlink()
    assert not path.exists()
    with locked(path, busy="held", note=print):
        assert path.exists()


@pytest.mark.parametrize("target", ["file", "nothing"])
def test_a_link_is_refused_and_what_it_leads_to_is_left_alone(tmp_path, path, target):
    (tmp_path / "file").write_text("mine")
    path.symlink_to(tmp_path / target)
    with pytest.raises(CocosynthError, match="lock: must not be a link; remove it"):
        held(path)
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("name", ["ENOSYS", "ENOLCK", "EBADF", "EOPNOTSUPP", "ENOTSUP"])
def test_without_locks_the_work_goes_on_and_one_line_says_so(monkeypatch, path, name):
    fail_with(monkeypatch, getattr(errno, name))
    [line] = held(path)
    assert line == f"{path}: the file system has no locks: let nothing else write to this folder"
    assert [entry.name for entry in path.parent.iterdir()] == ["lock"]


def test_another_failure_of_the_system_is_one_line(monkeypatch, path):
    fail_with(monkeypatch, errno.EIO)
    with pytest.raises(StoppedError, match="lock: cannot be locked: Input/output error"):
        held(path)
