"""A command ends at once, and all that it has to say or to do by then is said and done."""

import subprocess
import sys

import pytest

_ENDS = """
import atexit, sys, threading, time
from cocosynth.core.ending import end

def last():
    print("last words")

class Kept:
    def __del__(self):
        print("taken down")

kept = Kept()
kept.itself = kept
atexit.register(last)
{before}
print("said", end="")
end(SystemExit({code}))
"""


def ended(code, before=""):
    program = _ENDS.format(code=code, before=before)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


@pytest.mark.parametrize(("code", "expected"), [("", 0), ("0", 0), ("2", 2), ("141", 141)])
def test_what_was_registered_is_done_and_nothing_is_taken_down(code, expected):
    done = ended(code)
    assert (done.returncode, done.stdout) == (expected, "saidlast words\n")


def test_a_message_is_left_to_python():
    done = ended("'no such file'")
    assert (done.returncode, done.stderr) == (1, "no such file\n")


def test_a_thread_at_work_is_waited_for():
    late = "threading.Thread(target=lambda: (time.sleep(0.2), print('late'))).start()"
    assert "late" in ended("0", late).stdout
