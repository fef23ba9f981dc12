"""What all commands share: the application, and where messages go."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from cocosynth import __version__

app = typer.Typer(
    name="cocosynth",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain text: importing what draws boxes takes longer than all the rest
    pretty_exceptions_enable=False,
    help="Make synthetic COCO datasets by image composition.",
)


def say(text: str) -> None:
    """Tell a person something; standard output is for what programs read."""
    print(text, file=sys.stderr)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _show_version(value: bool) -> None:
    if value:
        print(f"cocosynth {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Make synthetic COCO datasets by image composition."""
