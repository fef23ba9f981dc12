"""The tutorial is done as it stands, in an empty folder, and its pictures are those of the page."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from benchmarks import tutorial_page

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs/tutorial.md"
PAGE = PATH.read_text()
SHOWN = sorted(re.findall(r"\]\(tutorial/(\w+)\.jpg\)", PAGE))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """An empty folder in which every step of the page was taken, in its order."""
    folder = tmp_path_factory.mktemp("tutorial") / "empty"
    folder.mkdir()
    for kind, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL):
        if kind == "yaml":
            name = re.match(r"# (\w+\.yaml)\n", text)[1]
            assert f"`{name}`" in PAGE or f" {name} " in PAGE
            (folder / name).write_text(text)
        elif kind == "python":
            run(folder, sys.executable, "-c", text)
        else:
            assert kind == "console"
            for line in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
                command, _, target = line.partition(" > ")
                program, *arguments = shlex.split(command)
                assert program == "python"
                said = run(folder, sys.executable, *arguments)
                if target:
                    (folder / target).write_text(said)
    return folder


def run(folder, *command):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_step_leaves_what_the_page_says(place):
    assert len(list((place / "first/train").iterdir())) == 6
    assert len(list((place / "many/train").iterdir())) == 40
    assert len(list((place / "pictures").iterdir())) == 6
    assert list((place / "bank/gallery").glob("*.png"))
    assert (place / "many/report.html").is_file()
    compile((place / "train.py").read_text(), "train.py", "exec")


@pytest.mark.slow
def test_every_background_is_used_once(place):
    scenes = (place / "first/scenes/train.jsonl").read_text()
    named = re.findall(r'"file_name":"(\w+\.jpg)"', scenes)
    backgrounds = sorted(path.name for path in (place / "sample/backgrounds").glob("*.jpg"))
    assert sorted(name for name in named if name in backgrounds) == backgrounds


@pytest.mark.slow
def test_the_pictures_of_the_tutorial_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["tutorial_page", str(PATH), str(tmp_path)])
    tutorial_page.main()
    assert sorted(path.stem for path in tmp_path.iterdir()) == SHOWN
    for name in SHOWN:
        folders = (tmp_path, ROOT / "docs/tutorial")
        drawn, saved = (cv2.imread(str(folder / f"{name}.jpg")) for folder in folders)
        assert drawn.shape == saved.shape, "run `make tutorial`"
        assert cv2.absdiff(drawn, saved).mean() < 2, "run `make tutorial`"


def test_the_pictures_of_the_tutorial_are_modest():
    files = list((ROOT / "docs/tutorial").iterdir())
    assert sorted(path.stem for path in files) == SHOWN
    assert sum(path.stat().st_size for path in files) < 600_000
