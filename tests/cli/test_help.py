"""Help is grouped by what one wants to do, has examples, and mistakes are one line each."""

import os
import shlex
import subprocess
import sys

import pytest
import typer

from cocosynth.cli import app
from cocosynth.cli.app import CHECK, MAKE, START, USE

COMMANDS = [command.name for command in app.registered_commands]


def test_every_command_stands_under_a_heading():
    shown = subprocess.run(
        [sys.executable, "-m", "cocosynth", "-h"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "80", "TERM": "dumb"},
    ).stdout
    for heading in (START, MAKE, CHECK, USE):
        assert f"\n{heading}:\n" in shown
    assert "More:" not in shown
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", app.registered_commands, ids=COMMANDS)
def test_every_command_has_an_example_that_names_it(command):
    assert f"\n    Example: cocosynth {command.name} " in command.callback.__doc__


@pytest.mark.parametrize("command", app.registered_commands, ids=COMMANDS)
def test_every_example_is_one_that_the_command_takes(command):
    [line] = [line for line in command.callback.__doc__.splitlines() if "Example: " in line]
    words = shlex.split(line)[3:]
    known = typer.main.get_command(app).commands[command.name]
    known.make_context(command.name, words).close()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("biuld",), "No such command 'biuld'"),
        (("show",), "Missing argument 'dataset'"),
        (("stats", "x", "--jsn"), "No such option: --jsn"),
        (("show", "x", "--count", "a"), "Invalid value for '--count'"),
    ],
)
def test_a_mistake_in_the_arguments_is_one_line_as_any_other(here, words, message):
    done = here(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"cocosynth: error: {message}")
    assert done.stderr.count("\n") == 1
    assert "--help`" in done.stderr


def test_usage_names_the_program_as_it_was_called(monkeypatch):
    from cocosynth.cli import called

    monkeypatch.setattr(sys, "argv", ["/usr/bin/cocosynth", "-h"])
    assert called() == "cocosynth"
    monkeypatch.setattr(sys, "argv", ["/x/cocosynth/__main__.py", "-h"])
    assert called() == "python -m cocosynth"


@pytest.mark.parametrize("columns", [60, 120])
def test_a_bar_fits_the_terminal(columns, monkeypatch, capsys):
    from cocosynth.cli.progress import bars

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert list(bars("cutting out instances", range(1234), 123456, lambda each: 100)) == list(
        range(1234)
    )
    from rich.text import Text

    lines = Text.from_ansi(capsys.readouterr().err).plain.replace("\r", "\n").splitlines()
    assert "123400/123456" in lines[-1]
    assert "cutting out" in lines[-1]
    assert all(len(line) <= columns for line in lines)


def test_where_there_is_nothing_to_do_no_bar_says_so(capsys):
    from cocosynth.cli.progress import bars

    assert list(bars("cutting out instances", [], 0, len)) == []
    assert capsys.readouterr().err == ""
