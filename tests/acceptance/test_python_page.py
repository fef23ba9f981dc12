"""The page on Python runs as a script, and as the cells of a notebook."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/python.md").read_text()
CELLS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def place(tmp_path):
    """An empty folder with the sample photographs beside it, as a user has them."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    return tmp_path


def test_the_page_runs_as_a_script(place):
    (place / "page.py").write_text("\n".join(CELLS))
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=place, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert "6 (240, 320, 3) (240, 320)" in done.stdout
    assert "{'train': 6, 'val': 2}" in done.stdout
    assert "0 errors," in done.stdout
    assert done.stdout.splitlines()[-1] == "lower_in_front False"
    assert done.stderr == ""


def test_the_page_runs_cell_by_cell_in_a_process_without_a_main_file(place):
    """As a notebook runs it: one process, no file that workers could import."""
    driver = (
        "import sys\n"
        "scope = {'__name__': '__main__'}\n"
        "for cell in sys.stdin.read().split('# %%'):\n"
        "    exec(compile(cell, '<cell>', 'exec'), scope)\n"
    )
    cells = "# %%".join(
        cell.replace("executor = Serial()", "executor = Processes(2)") for cell in CELLS
    )
    done = subprocess.run(
        [sys.executable, "-c", driver], input=cells,
        cwd=place, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "lower_in_front False"


def test_the_public_names_are_documented_and_no_others():
    import cocosynth

    for name in cocosynth.__all__:
        assert f"`{name}`" in PAGE
        assert getattr(cocosynth, name).__doc__
    with pytest.raises(AttributeError, match="has no attribute 'bulid'"):
        cocosynth.bulid  # noqa: B018
