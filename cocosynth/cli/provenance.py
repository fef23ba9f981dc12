"""``render`` and ``credits``: what a dataset was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import MAKE, USE, AllowCode, app, write_new


@app.command("render", rich_help_panel=MAKE)
def render_command(
    dataset: Annotated[Path, typer.Argument(help="A dataset that `build` has made.")],
    image_id: Annotated[int, typer.Option(min=1, help="The image.")],
    split: Annotated[str, typer.Option(help="The split it is in.")] = "train",
    sources: Annotated[
        Path, typer.Option(help="The folder of the configuration it was built from.")
    ] = Path(),
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where to write it; its own name by default.")
    ] = None,
    allow_code: AllowCode = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file there.")] = False,
) -> None:
    """Make one image of a dataset again, byte for byte, from its scene and the sources.

    Example: cocosynth render dataset --image-id 7 --sources project
    """
    from cocosynth.pipeline.replay import replay

    file_name, content = replay(
        dataset, sources, split=split, image_id=image_id, allow_code=allow_code
    )
    target = out or Path(Path(file_name).name)
    write_new(target, content, overwrite=overwrite)
    print(f"rendered image {image_id} of {split}: {target}")


@app.command("credits", rich_help_panel=USE)
def credits_command(
    dataset: Annotated[Path, typer.Argument(help="A dataset that `build` has made.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder to write CREDITS.md and .csv to.")
    ] = Path(),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier files in OUT.")
    ] = False,
) -> None:
    """Write who made the photographs in a dataset, and under which terms.

    Example: cocosynth credits dataset -o credits
    """
    from cocosynth.core import files
    from cocosynth.datasets.credits import as_csv, as_markdown, credit_rows

    rows = credit_rows(dataset)
    files.make_folder(out)
    written = {"CREDITS.md": as_markdown(rows), "CREDITS.csv": as_csv(rows)}
    for name, text in written.items():
        write_new(out / name, text.encode(), overwrite=overwrite)
    print(f"credited {len(rows)} photographs: {out / 'CREDITS.md'}, {out / 'CREDITS.csv'}")
