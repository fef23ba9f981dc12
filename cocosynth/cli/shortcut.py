"""``shortcut``: how well pasted objects can be told from real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import CHECK, app, refuse_existing, say


@app.command("shortcut", rich_help_panel=CHECK)
def shortcut_command(
    dataset: Annotated[Path, typer.Argument(help="The folder of a dataset that `build` wrote.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write shortcut.png and shortcut.json into this folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace them in OUT.")] = False,
) -> None:
    """Let a small network tell pasted from real objects by their outlines: lower is better.

    Example: cocosynth shortcut dataset -o looks
    """
    from cocosynth.check.shortcut.measure import measure, sheet
    from cocosynth.core import files
    from cocosynth.core.images import encode_image

    outputs = [] if out is None else [out / "shortcut.png", out / "shortcut.json"]
    refuse_existing(outputs, [], overwrite=overwrite)
    say("learning to tell pasted from real outlines, on three groups of photographs")
    found = measure(dataset)
    text = json.dumps(found.record(), indent=2)
    if out is not None:
        files.make_folder(out)
        files.write_atomic(outputs[0], encode_image(sheet(found), ".png", quality=95))
        files.write_atomic(outputs[1], (text + "\n").encode())
    if as_json:
        print(text)
        return
    interval = f"95 %: {found.low:.2f} to {found.high:.2f}"
    print(f"AUC {found.auc:.2f} ({interval}); 0.5 is a guess, 1 is sure")
    print(f"of {len(found.judged)} outlines, half of them pasted; {found.photographs} photographs")
    if not found.advice:
        print("nothing in config.yaml is known to raise it")
    for line in found.advice:
        print(f"to lower it: {line}")
