"""What all commands share: the application, and where messages go."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cocosynth import __version__
from cocosynth.core.errors import CocosynthError, one_line
from cocosynth.core.urls import is_url, place

START, MAKE, CHECK, USE = "Start", "Make", "Look and check", "Use"
"""What a person wants to do: the headings of the help."""


class Grouped(TyperGroup):
    """Lists the commands of the help by what one wants to do."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a list for each heading, those that no command names not among them."""
        found: dict[str, list[tuple[str, str]]] = {name: [] for name in (START, MAKE, CHECK, USE)}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                panel = getattr(command, "rich_help_panel", None)
                heading = panel if isinstance(panel, str) else "More"
                found.setdefault(heading, []).append((name, command.get_short_help_str(60)))
        for heading, rows in found.items():
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows, col_max=12)


TAKES_URLS = frozenset(("build", "extract", "validate", "stats"))
"""The commands whose files and folders may be URLs."""


class Application(typer.Typer):
    """Hands URLs to commands that take them as what they are; the others refuse them."""

    def command(self, name: str | None = None, **options: Any) -> Callable[..., Any]:
        """Register a command."""
        register = super().command(name, **options)

        def registered(function: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(function)
            def called(**given: Any) -> Any:
                return function(**{key: _placed(value, name) for key, value in given.items()})

            register(called)
            return function

        return registered


def _placed(value: Any, command: str | None) -> Any:
    """Return a path of the command line as a URL where it is one: typer takes all for paths."""
    if isinstance(value, list):
        return [_placed(each, command) for each in value]
    if not isinstance(value, Path):
        return value
    if is_url(value) and command not in TAKES_URLS:
        raise CocosynthError(
            f"{place(value)}: `{command}` works on files of this machine: copy them here first"
        )
    return place(value)


app = Application(
    name="cocosynth",
    cls=Grouped,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # plain text: importing what draws boxes takes longer than all the rest
    pretty_exceptions_enable=False,
    help="Make synthetic COCO datasets by image composition.",
)


AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code",
        help="Run the classes that the configuration of a dataset names; trust its maker first.",
    ),
]


def say(text: str) -> None:
    """Say something to a person; standard output is for what programs read."""
    print(text, file=sys.stderr)


def notes(*, quiet: bool) -> Callable[[str], None]:
    """Return what takes notes for the user: it says each in a line, or none."""
    return (lambda text: None) if quiet else (lambda text: say(one_line(f"note: {text}")))


def folder_for_each(
    annotations: Sequence[Path], images: Sequence[Path] | None, option: str
) -> list[Path | None]:
    """Return the image folder of each annotation file: one was given for all, or one for each."""
    folders: list[Path | None] = list(images) if images else [None]
    if len(folders) == 1:
        folders *= len(annotations)
    if len(folders) != len(annotations):
        raise CocosynthError(f"give {option} once, or once for each annotation file")
    return folders


def refuse_existing(outputs: Sequence[Path], inputs: Sequence[Path], *, overwrite: bool) -> None:
    """Refuse to write over what is read, or over anything without being asked to."""
    read = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in read:
            raise CocosynthError(f"{path}: would overwrite what is read; name another file")
        if path.is_dir():
            raise CocosynthError(f"{path}: is a folder; name a file")
        if (path.exists() if is_url(path) else os.path.lexists(path)) and not overwrite:
            raise CocosynthError(f"{path}: exists; --overwrite replaces it")


def write_new(path: Path, content: bytes, *, overwrite: bool) -> None:
    """Write a file; what stands there already must be the same, or may be replaced."""
    from cocosynth.core import files

    if not (path.is_file() and path.read_bytes() == content):
        refuse_existing([path], [], overwrite=overwrite)
        files.write_atomic(path, content)


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
