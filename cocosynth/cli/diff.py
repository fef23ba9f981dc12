"""``diff``: what two builds of the same scenes differ in."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cocosynth.cli.app import CHECK, app, refuse_existing
from cocosynth.core.errors import one_line

if TYPE_CHECKING:
    from cocosynth.check.diff import Changed

SHOWN = 20
"""Lines of one kind for people; programs get all of them."""


@app.command("diff", rich_help_panel=CHECK)
def diff_command(
    first: Annotated[Path, typer.Argument(help="The folder of a dataset.")],
    second: Annotated[Path, typer.Argument(help="That of another build of the same scenes.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Draw what changed into this folder.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Draw so many images, the most changed.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print all changes as JSON.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier pictures in OUT.")
    ] = False,
) -> None:
    """Compare two builds: pixels, labels, configuration; exit code 1 if they differ.

    Example: cocosynth diff before after -o changes
    """
    from cocosynth.check.diff import changed, drawn, pairs
    from cocosynth.check.show import file_letters
    from cocosynth.coco.layout import Layout
    from cocosynth.config.changes import config_changes
    from cocosynth.core import files
    from cocosynth.core import images as image_files

    both, *only = pairs(first, second)
    found = [changed(pair) for pair in both]
    settings = config_changes(Layout(first).config, Layout(second).config)
    if out is not None:
        ranked = sorted(zip(found, both, strict=True), key=lambda each: each[0].amount)[::-1]
        for change, pair in [each for each in ranked if each[0].differs][:count]:
            name = f"{change.split}_{Path(change.file_name).stem}"
            path = out / f"{file_letters(name)}.png"
            refuse_existing([path], [Path(pair.before.path)], overwrite=overwrite)
            files.make_folder(out)
            files.write_atomic(path, image_files.encode_image(drawn(pair), "png", quality=0))
    differ = [change for change in found if change.differs]
    if as_json:
        record = {
            "images": len(found),
            "changed": [asdict(change) for change in differ],
            "only_in_first": only[0],
            "only_in_second": only[1],
            "configuration": [{"key": k, "first": a, "second": b} for k, a, b in settings],
        }
        print(json.dumps(record, indent=2, default=str))
    else:
        _say(len(found), differ, only)
        _say_list([f"  {key}: {a} -> {b}" for key, a, b in settings], "keys of the configuration")
    if differ or settings or any(only):
        raise typer.Exit(1)


def _say(count: int, differ: list[Changed], only: list[list[str]]) -> None:
    pixels = sum(change.pixels > 0 for change in differ)
    labels = sum(bool(change.removed or change.added) for change in differ)
    print(f"{count} images compared: {pixels} differ in pixels, {labels} in labels")
    ranked = sorted(differ, key=lambda change: change.amount, reverse=True)
    _say_list([_line(change) for change in ranked], "images that differ, the most changed first")
    for name, names in zip(("first", "second"), only, strict=True):
        _say_list([f"  {each}" for each in names], f"images that only the {name} has")


def _line(change: Changed) -> str:
    return (
        f"  {change.split}/{change.file_name}: {change.pixels:.1%} of the pixels, by up to "
        f"{change.largest} levels; labels: {change.removed} removed, {change.added} added"
    )


def _say_list(lines: list[str], title: str) -> None:
    if lines:
        print(f"{len(lines)} {title}:")
        for line in lines[:SHOWN]:
            print(one_line(line))
        if len(lines) > SHOWN:
            print(f"  and {len(lines) - SHOWN} more: --json")
