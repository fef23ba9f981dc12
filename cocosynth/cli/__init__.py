"""The command line: arguments, progress, messages and exit codes; the only room that prints."""

from __future__ import annotations

import sys

from cocosynth.cli import build, extract, init, merge, provenance, snippet, split, stats, validate
from cocosynth.cli.app import app, say
from cocosynth.cli.build import Terminated
from cocosynth.core.errors import CocosynthError

__all__ = [
    "app",
    "build",
    "extract",
    "init",
    "main",
    "merge",
    "provenance",
    "snippet",
    "split",
    "stats",
    "validate",
]


def main() -> None:
    """Run the command line; a mistake of the user's ends in one line and exit code 2."""
    try:
        app(prog_name="python -m cocosynth")
    except CocosynthError as error:
        say(f"cocosynth: error: {error}")
        sys.exit(2)
    except Terminated:
        sys.exit(143)
