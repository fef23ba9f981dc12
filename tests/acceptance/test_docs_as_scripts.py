"""Every piece of Python in the docs runs as the script that a reader makes of it."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from small_builds import write_annotated

from cocosynth.check.validate import validate

ROOT = Path(__file__).parents[2]
APART = {"python.md", "tutorial.md"}  # run by test_python_page.py, test_tutorial_page.py
TORCH = pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed (extra `torch`)")
PIECES = [
    pytest.param(code, id=f"{page.name} {number}", marks=TORCH if "cocosynth.torch" in code else ())
    for page in sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
    if page.name not in APART
]
UNGUARDED = """\
from cocosynth.check.validate import validate
from cocosynth.core.executors import Processes

print("begun")
report = validate("annotations.json", images="train2017", executor=Processes(2))
"""


@pytest.fixture
def place(tmp_path):
    """A folder that holds what the docs name."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    for name, images in (("train", "train"), ("val", "val"), ("annotations", "train2017")):
        write_annotated(tmp_path / name, [[5, 5, 20, 20]], count=2)
        (tmp_path / name / "images").rename(tmp_path / "images")
        (tmp_path / name / "instances.json").rename(tmp_path / f"{name}.json")
        (tmp_path / name).rmdir()
        (tmp_path / "images").rename(tmp_path / images)
    return tmp_path


def run(place, code):
    (place / "script.py").write_text(code)
    return subprocess.run(
        [sys.executable, "script.py"], cwd=place, capture_output=True, text=True, timeout=120
    )


def test_there_are_pieces():
    assert len(PIECES) >= 5


@pytest.mark.parametrize("code", PIECES)
def test_a_piece_of_the_docs_runs_as_a_script(place, code):
    done = run(place, code)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_the_fixed_copy_of_the_docs_is_there(place):
    [code] = [piece.values[0] for piece in PIECES if "fixed.json" in piece.values[0]]
    assert "0 errors" in run(place, code).stdout
    assert not validate(place / "fixed.json").errors


def test_a_script_that_forgets_the_guard_is_told_so(place):
    done = run(place, UNGUARDED)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert 'put what it does under `if __name__ == "__main__":`' in last
    assert "script.py" in last
    assert "memory" not in done.stderr
    assert done.stderr.count("Traceback") == 1  # in no worker
    assert done.stdout == "begun\n"


def test_one_process_needs_no_guard(place):
    assert run(place, UNGUARDED.replace("Processes(2)", "None")).returncode == 0


def test_a_script_of_a_package_needs_no_guard(place):
    (place / "tool").mkdir()
    (place / "tool/__main__.py").write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, "-m", "tool"], cwd=place, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
