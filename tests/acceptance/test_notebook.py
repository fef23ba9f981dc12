"""The notebook runs from top to bottom, as a reader runs it, and shows pictures."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples/first_steps.ipynb"
CELLS = json.loads(NOTEBOOK.read_text())["cells"]


@pytest.fixture
def place(tmp_path):
    """A copy of the folders of a clone that it names."""
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    (tmp_path / "examples").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "examples")
    return tmp_path / "examples"


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(place, monkeypatch):
    missing = [name for name in ("nbclient", "ipykernel") if not importlib.util.find_spec(name)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed (extra `dev`)")
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # of the kernel
    notebook = nbformat.read(place / NOTEBOOK.name, as_version=4)
    NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(place)}}).execute()
    shown = [
        set(output["data"])
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    assert sum("text/html" in kinds for kinds in shown) == 1
    assert sum("image/png" in kinds for kinds in shown) == 2
    said = "".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output["output_type"] == "stream"
    )
    assert "0 errors, 0 warnings" in said
    assert " visible" in said


@pytest.mark.slow
def test_its_cells_run_without_jupyter(place):
    code = "\n".join("".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert "0 errors" in done.stdout


def test_the_notebook_is_stored_without_outputs():
    for cell in CELLS:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
