"""``extract``: the first half of a build, kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import app, say
from cocosynth.cli.build import chosen_executor, config_path, skipped_lines


@app.command("extract")
def extract_command(
    config: Annotated[
        Path | None, typer.Argument(help="The configuration; cocosynth.yaml here by default.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder of the bank; made by this command.")
    ] = Path("bank"),
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes; as many as there are cores by default."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier bank in OUT.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Cut out the instances of the foregrounds once, for all builds that paste them.

    Run again after an interruption, it goes on where it was.
    """
    from cocosynth.cli.progress import bars
    from cocosynth.config.file import load_config
    from cocosynth.core.executors.progress import silent
    from cocosynth.pipeline.extract import extract

    path = config_path(config)
    bank, catalogue = extract(
        load_config(path),
        path.parent,
        out,
        executor=chosen_executor(workers),
        progress=silent if quiet else bars,
        overwrite=overwrite,
    )
    if not quiet:
        for line in skipped_lines(catalogue.skipped):
            say(line)
        print(f"cut out {len(bank.entries)} instances of {len(catalogue.pasted)} categories: {out}")
