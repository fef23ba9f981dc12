"""The command line: arguments, progress, messages and exit codes; the only room that prints."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from cocosynth.cli import (
    build,
    convert,
    diff,
    extract,
    init,
    merge,
    provenance,
    report,
    shortcut,
    show,
    snippet,
    split,
    stats,
    tune,
    validate,
)
from cocosynth.cli.app import app, say
from cocosynth.cli.streams import READER_GONE, ReaderGone, flushed, guarded
from cocosynth.core.errors import CocosynthError, one_line
from cocosynth.core.memory import short_of_memory
from cocosynth.core.signals import Terminated, exit_code, stopping_in_order

__all__ = [
    "app",
    "build",
    "convert",
    "diff",
    "extract",
    "init",
    "main",
    "merge",
    "provenance",
    "report",
    "shortcut",
    "show",
    "snippet",
    "split",
    "stats",
    "tune",
    "validate",
]


REFUSED: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)
"""What the parser of the arguments raises."""


def called() -> str:
    """Return how a person called this program."""
    name = Path(sys.argv[0]).name
    return "python -m cocosynth" if name in ("__main__.py", "-m", "-c", "") else name


def _refused(error: Any) -> int:
    """Say what is wrong with the arguments, in one line; return the exit code."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
    else:
        command = error.ctx.command_path if getattr(error, "ctx", None) else called()
        text = one_line(error.format_message()).rstrip(".")
        say(f"cocosynth: error: {text}; see `{command} --help`")
    return int(error.exit_code)


def main() -> None:
    """Run the command line; a mistake of the user's ends in one line and exit code 2."""
    with stopping_in_order(), guarded():
        try:
            with flushed():
                code = app(prog_name=called(), standalone_mode=False)
        except REFUSED as error:
            sys.exit(_refused(error))
        except CocosynthError as error:
            say(f"cocosynth: error: {error}")
            sys.exit(2)
        except ReaderGone:
            sys.exit(READER_GONE)
        except (KeyboardInterrupt, Terminated):
            sys.exit(exit_code())
        except Exception as error:
            if (code := exit_code()) is not None:  # a library made an error of its own of it
                sys.exit(code)
            if (line := short_of_memory(error)) is None:
                raise
            say(f"cocosynth: error: {line}")
            sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
