"""``init``: the files a new project begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import START, app
from cocosynth.core.errors import CocosynthError


@app.command("init", rich_help_panel=START)
def init_command(
    folder: Annotated[
        Path, typer.Argument(help="Where to; the current folder by default.")
    ] = Path(),
    coco: Annotated[
        Path | None,
        typer.Option(help="Annotations of your photographs; writes what fits them."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="The folder of these photographs; what lies beside COCO by default."),
    ] = None,
    cutouts: Annotated[
        Path | None,
        typer.Option(
            help="A folder of objects cut out already, or on a plain background: a folder a "
            "category."
        ),
    ] = None,
    backgrounds: Annotated[
        Path | None, typer.Option(help="A folder of pictures to paste onto, without such objects.")
    ] = None,
    categories: Annotated[
        list[str] | None,
        typer.Option(help="Take these only; dog,cat or once for each. All by default."),
    ] = None,
    dvc: Annotated[
        bool,
        typer.Option(
            "--dvc",
            help="Write a DVC pipeline, dvc.yaml and params.yaml, with the cocosynth.yaml that is "
            "there, or one to begin with.",
        ),
    ] = False,
) -> None:
    """Write a configuration to begin with, explained by comments; overwrites nothing.

    Without COCO or CUTOUTS it comes with sample photographs, and builds from them as it stands.

    Example: cocosynth init --coco instances.json --images photos --backgrounds views
    """
    from cocosynth.config.dvc_pipeline import PARAMS, write_pipeline
    from cocosynth.config.from_data import write_config_for
    from cocosynth.config.starter import CONFIG, write_config

    has_objects = coco is not None or cutouts is not None
    if images is not None and coco is None:
        raise CocosynthError("give --coco, the annotations of your photographs, as well")
    if (backgrounds or categories) and not has_objects:
        raise CocosynthError(
            "give --coco, the annotations of your photographs, or --cutouts, as well"
        )
    if has_objects and backgrounds is None:
        raise CocosynthError("give --backgrounds, a folder of pictures to paste onto, as well")
    if backgrounds is not None:
        names = [name.strip() for given in categories or () for name in given.split(",")]
        made = write_config_for(
            folder, backgrounds, coco=coco, images=images, cutouts=cutouts, categories=names
        )
        print(f"wrote {made}")
        if not dvc:
            print(f"next: look at it, then `python -m cocosynth build {made}`")
            return
    elif not dvc:
        for path in write_config(folder):
            print(f"wrote {path}")
        print(f"next: `python -m cocosynth build {folder / CONFIG}`; then name your own sources")
        return
    for path in write_pipeline(folder):
        print(f"wrote {path}")
    if (folder / CONFIG).exists():
        print(f"note: the pipeline reads {PARAMS}, which holds what {CONFIG} says now")
    print(f"next: look at {folder / PARAMS}, then `git init`, `dvc init` and `dvc repro`")
