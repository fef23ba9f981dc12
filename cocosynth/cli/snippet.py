"""``snippet``: code that trains on a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import USE, app, say
from cocosynth.core.errors import CocosynthError, one_line


@app.command("snippet", rich_help_panel=USE)
def snippet_command(
    client: Annotated[
        str, typer.Argument(help="mmdet, detectron2, torchvision, or ultralytics (yolo).")
    ],
    dataset: Annotated[
        Path, typer.Argument(help="The folder of a dataset, or any COCO annotation file.")
    ],
    images: Annotated[
        Path | None,
        typer.Option(
            help="What the file names of an annotation file start from. "
            "Absent: the image folder beside it."
        ),
    ] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(help="An annotation file to validate on, in place of a split of the dataset."),
    ] = None,
    held_out_images: Annotated[
        Path | None, typer.Option(help="As --images, for the file held out.")
    ] = None,
) -> None:
    """Print code that trains on a COCO dataset: a configuration, or a script.

    Example: cocosynth snippet ultralytics dataset
    """
    from cocosynth.datasets.snippets import ALIASES, SNIPPETS, read_built, with_held_out

    name = ALIASES.get(client, client)
    if name not in SNIPPETS:
        known = ", ".join([*SNIPPETS, *ALIASES])
        raise CocosynthError(f"no snippet for {client!r}; there are {known}")
    if held_out_images is not None and held_out is None:
        raise CocosynthError("--held-out-images needs --held-out")
    found = read_built(dataset, images=images)
    if held_out is not None:
        found = with_held_out(found, held_out, images=held_out_images)
    code = SNIPPETS[name](found)
    if found.val is None:
        say("note: there is no split to validate on; name a dataset for that by --held-out")
    if found.others:
        some = ", ".join(found.others[:8]) + (" ..." if len(found.others) > 8 else "")
        say(one_line(f"note: {held_out} has other categories, which are skipped: {some}"))
    print(code, end="")
