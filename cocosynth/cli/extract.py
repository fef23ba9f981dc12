"""``extract``: the first half of a build, kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import MAKE, AllowCode, app, notes, say
from cocosynth.cli.build import config_path, read_settings
from cocosynth.cli.executor import ExecutorName, RayAddress, Workers, chosen_executor
from cocosynth.cli.summary import skipped_lines
from cocosynth.core.errors import one_line


@app.command("extract", rich_help_panel=MAKE)
def extract_command(
    config: Annotated[
        Path | None,
        typer.Argument(
            help="The configuration, - for standard input; cocosynth.yaml here by default."
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the bank; made by this command.")
    ] = Path("bank"),
    sources: Annotated[
        Path | None,
        typer.Option(help="What the paths in it start from; the folder it lies in by default."),
    ] = None,
    workers: Workers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier bank in OUT.")
    ] = False,
    allow_code: AllowCode = False,
    gallery: Annotated[
        int,
        typer.Option(min=0, help="Show so many instances of each category and source in OUT."),
    ] = 480,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Cut out the instances of the foregrounds once, for all builds that paste them.

    Run again after an interruption, it goes on where it was.

    Example: cocosynth extract cocosynth.yaml -o bank
    """
    from cocosynth.cli.progress import bars
    from cocosynth.core.progress import silent
    from cocosynth.foregrounds.bank_folder import gallery_folder
    from cocosynth.pipeline.extract import extract

    loaded = read_settings(config_path(config), sources, quiet=quiet, allow_code=allow_code)
    made = extract(
        loaded.config,
        out,
        folder=loaded.folder,
        executor=chosen_executor(executor, workers, ray_address, quiet=quiet),
        progress=silent if quiet else bars,
        note=notes(quiet=quiet),
        overwrite=overwrite,
        gallery=gallery,
    )
    if not quiet:
        for line in skipped_lines(made.skipped):
            say(line)
        for note in made.notes:
            say(one_line(f"note: {note}"))
        if made.bank.wholeness.below:
            say(f"note: {made.bank.wholeness}")
        if gallery:
            say(f"look at {gallery_folder(out)}, and name what you do not like in `exclude`")
        print(f"cut out {len(made.bank)} instances of {len(made.categories)} categories: {out}")
