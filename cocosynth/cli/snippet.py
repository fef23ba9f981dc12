"""``snippet``: code that trains on a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import app
from cocosynth.core.errors import CocosynthError


@app.command("snippet")
def snippet_command(
    client: Annotated[str, typer.Argument(help="mmdet, detectron2, torchvision or ultralytics.")],
    dataset: Annotated[Path, typer.Argument(help="A dataset that `build` has made.")],
) -> None:
    """Print code that trains on a dataset: a configuration, or a script."""
    from cocosynth.datasets.snippets import SNIPPETS, read_built

    if client not in SNIPPETS:
        raise CocosynthError(f"no snippet for {client!r}; there are {', '.join(SNIPPETS)}")
    print(SNIPPETS[client](read_built(dataset)), end="")
