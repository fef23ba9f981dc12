"""What is said arrives, or one line says why not: every stream, every command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_builds import write_backgrounds, write_config, write_cutouts

from cocosynth.cli import app

pytestmark = pytest.mark.slow  # each starts processes of its own

NAME = "苹果 é😀"  # none, one, and none of it in cp1252
FULL = Path("/dev/full")
COMMANDS = {
    "build": ["--overwrite", "--workers", "1"],
    "convert": ["dataset", "--to", "yolo", "--out", "converted", "--overwrite"],
    "credits": ["dataset", "--out", "果"],
    "diff": ["dataset", "dataset"],
    "extract": ["--out", "bank 果", "--overwrite"],
    "init": ["--dvc"],
    "merge": ["dataset/annotations/instances_train.json", "--out", "果.json", "--overwrite"],
    "render": ["dataset", "--image-id", "1", "--out", "果.png"],
    "report": ["dataset", "--out", "page.html", "--overwrite"],
    "show": ["dataset", "--image-id", "1", "--out", "shown", "--overwrite"],
    "snippet": ["torchvision", "dataset"],
    "split": [
        *("dataset/annotations/instances_train.json", "--out", "果", "--overwrite"),
        *("--by", "image", "--parts", "a=0.5,b=0.5"),
    ],
    "stats": ["dataset"],
    "validate": ["dataset"],
}
OTHERS = {"shortcut", "tune"}
"""They need PyTorch; they end when somebody ends them."""
JSON = [name for name in COMMANDS if name in ("stats", "validate")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A dataset of a category that few encodings can write."""
    folder = tmp_path_factory.mktemp("streams")
    write_cutouts(folder / "cutouts")
    (folder / "cutouts/disk").rename(folder / "cutouts" / NAME)
    write_backgrounds(folder / "backgrounds")
    write_config(folder)
    assert run("build", *COMMANDS["build"], cwd=folder).returncode == 0
    return folder


def run(*arguments, cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **environment):
    if arguments[0] == "init":  # it overwrites nothing
        for name in ("params.yaml", "dvc.yaml"):
            (cwd / name).unlink(missing_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "cocosynth", *arguments],
        cwd=cwd,
        stdout=stdout,
        stderr=stderr,
        env=os.environ | environment,
        check=False,
    )


def test_every_command_is_tried():
    assert {command.name for command in app.registered_commands} == {*COMMANDS, *OTHERS}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_a_stream_cannot_write_is_escaped(project, command):
    done = run(command, *COMMANDS[command], cwd=project, PYTHONIOENCODING="cp1252")
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    if command in ("extract", "merge", "render", "stats"):
        assert rb"\u679c" in done.stdout


@pytest.mark.parametrize("command", JSON)
def test_json_is_the_same_in_every_encoding(project, command):
    usual, strange = (
        run(command, *COMMANDS[command], "--json", cwd=project, PYTHONIOENCODING=encoding).stdout
        for encoding in ("utf-8", "cp1252")
    )
    assert json.loads(usual) == json.loads(strange)
    if command == "stats":
        assert NAME in str(json.loads(strange))


@pytest.mark.parametrize("command", ["build", "stats"])
def test_an_error_that_a_stream_cannot_write_is_one_line(project, command):
    done = run(command, "--果", cwd=project, PYTHONIOENCODING="cp1252:strict")
    assert done.returncode == 2
    assert rb"\u679c" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", [*COMMANDS, "--help", "--version"])
def test_a_full_disk_behind_standard_output_is_one_line(project, command):
    with FULL.open("wb") as full:
        done = run(command, *COMMANDS.get(command, []), cwd=project, stdout=full)
    assert done.returncode == 2
    last = done.stderr.decode().splitlines()[-1]
    assert last == ("cocosynth: error: standard output cannot be written: No space left on device")
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", JSON)
def test_json_that_does_not_arrive_is_an_error(project, command):
    with FULL.open("wb") as full:
        done = run(command, *COMMANDS[command], "--json", cwd=project, stdout=full)
    assert done.returncode == 2
    assert done.stderr.count(b"No space left on device") == 1


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", COMMANDS)
def test_messages_that_cannot_be_written_stop_no_work(project, command):
    with FULL.open("wb") as full:
        done = run(command, *COMMANDS[command], cwd=project, stderr=full)
    assert done.returncode == 0
    assert done.stdout


@pytest.mark.parametrize("command", ["build", "stats", "validate"])
@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_none(project, command, closed):
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m cocosynth "$@" {closed}', sys.executable]
        + [command, *COMMANDS[command]],
        cwd=project,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["stats", "validate", "snippet", "--help"])
def test_a_reader_that_goes_away_ends_the_command_quietly(project, command):
    reading, writing = os.pipe()
    os.close(reading)
    done = run(command, *COMMANDS.get(command, []), cwd=project, stdout=writing)
    os.close(writing)
    assert done.returncode == 141
    assert b"Traceback" not in done.stderr
    assert b"rror" not in done.stderr
