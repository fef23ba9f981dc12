"""The command line: arguments, progress, messages and exit codes; the only room that prints."""

from __future__ import annotations

import sys

from cocosynth.cli import (
    build,
    extract,
    init,
    merge,
    provenance,
    shortcut,
    snippet,
    split,
    stats,
    validate,
)
from cocosynth.cli.app import app, say
from cocosynth.cli.streams import READER_GONE, ReaderGone, flushed, guarded
from cocosynth.core.errors import CocosynthError
from cocosynth.core.memory import short_of_memory
from cocosynth.core.signals import Terminated, exit_code, stopping_in_order

__all__ = [
    "app",
    "build",
    "extract",
    "init",
    "main",
    "merge",
    "provenance",
    "shortcut",
    "snippet",
    "split",
    "stats",
    "validate",
]


def main() -> None:
    """Run the command line; a mistake of the user's ends in one line and exit code 2."""
    with stopping_in_order(), guarded():
        try:
            with flushed():
                app(prog_name="python -m cocosynth")
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
