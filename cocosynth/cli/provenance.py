"""``render`` and ``credits``: what a dataset was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import app


@app.command("render")
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
) -> None:
    """Make one image of a dataset again, byte for byte, from its scene and the sources."""
    from cocosynth.core import files
    from cocosynth.pipeline.replay import replay

    file_name, content = replay(dataset, sources, split=split, image_id=image_id)
    target = out or Path(file_name)
    files.write_atomic(target, content)
    print(f"rendered image {image_id} of {split}: {target}")


@app.command("credits")
def credits_command(
    dataset: Annotated[Path, typer.Argument(help="A dataset that `build` has made.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder to write CREDITS.md and .csv to.")
    ] = Path(),
) -> None:
    """Write who made the photographs in a dataset, and under which terms."""
    from cocosynth.core import files
    from cocosynth.datasets.credits import as_csv, as_markdown, credit_rows

    rows = credit_rows(dataset)
    files.make_folder(out)
    files.write_atomic(out / "CREDITS.md", as_markdown(rows).encode())
    files.write_atomic(out / "CREDITS.csv", as_csv(rows).encode())
    print(f"credited {len(rows)} photographs: {out / 'CREDITS.md'}, {out / 'CREDITS.csv'}")
