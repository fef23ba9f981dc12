"""The site of the docs: every page has its place, and it is made without a warning."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
MADE = {"index.md", "contributing.md", "changelog.md", "api.md"}
MADE |= {"reference-commands.md", "reference-configuration.md"}


def test_every_page_stands_once_in_the_navigation():
    content = YAML(typ="safe", pure=True).load((ROOT / "mkdocs.yml").read_text())
    pages = [page for part in content["nav"] for section in part.values() for page in section]
    assert len(pages) == len(set(pages))
    assert set(pages) == {path.name for path in (ROOT / "docs").glob("*.md")} | MADE


@pytest.mark.slow
def test_the_site_is_made_without_a_warning_and_holds_what_the_code_says(tmp_path):
    missing = [name for name in ("mkdocs", "material", "mkdocstrings") if not find_spec(name)]
    if missing:
        pytest.skip(f"{missing[0]} is not installed (extra `docs`)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    said = {path.name: path.read_text() for path in (tmp_path / "site").glob("*.html")}
    assert "max_truncation" in said["reference-configuration.html"]
    assert "--allow-code" in said["reference-commands.html"]
    assert "cocosynth.Compositor" in said["api.html"]
    assert "set_epoch" in said["api.html"]
