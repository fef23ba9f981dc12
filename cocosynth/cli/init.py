"""``init``: the files a new project begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import app


@app.command("init")
def init_command(
    folder: Annotated[
        Path, typer.Argument(help="Where to; the current folder by default.")
    ] = Path(),
    dvc: Annotated[
        bool,
        typer.Option(
            "--dvc",
            help="Write a DVC pipeline, dvc.yaml and params.yaml, with the cocosynth.yaml that is "
            "there, or one to begin with.",
        ),
    ] = False,
) -> None:
    """Write a configuration to begin with, explained by comments; overwrites nothing."""
    from cocosynth.config.dvc_pipeline import PARAMS, write_pipeline
    from cocosynth.config.starter import CONFIG, write_config

    for path in write_pipeline(folder) if dvc else write_config(folder):
        print(f"wrote {path}")
    if dvc:
        if (folder / CONFIG).exists():
            print(f"note: the pipeline reads {PARAMS}, which holds what {CONFIG} says now")
        print(f"next: look at {folder / PARAMS}, then `git init`, `dvc init` and `dvc repro`")
    else:
        print("next: name your sources in it, then `python -m cocosynth build`")
