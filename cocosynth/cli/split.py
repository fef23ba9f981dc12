"""``split``: one dataset becomes several that share no image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cocosynth.cli.app import USE, app, refuse_existing, say
from cocosynth.coco.layout import annotation_name
from cocosynth.core.errors import CocosynthError, one_line

if TYPE_CHECKING:
    from fractions import Fraction

    from cocosynth.datasets.split.split import Partition


@app.command("split", rich_help_panel=USE)
def split_command(
    annotations: Annotated[Path, typer.Argument(help="A COCO annotation file.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder for train.json, val.json, ...")
    ],
    parts: Annotated[
        str,
        typer.Option(
            help="Names and fractions of the images, as train=0.8,val=0.2; or percent, as 80/20."
        ),
    ],
    by: Annotated[
        Literal["source", "image", "group"] | None,
        typer.Option(
            help="What stays together: source, images that show one photograph (the default); "
            "image, nothing; group, images with the same --key."
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A key of image records, as video_id; makes groups.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="A regular expression for the part of --key (file_name) that counts."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            help="The folder of the images, whose bytes --by source compares. Absent: X beside "
            f"{annotation_name('X')}, where it is there."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Another one, other parts.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files of these names.")
    ] = False,
) -> None:
    """Split a COCO dataset, keeping together what belongs together and spreading categories.

    Example: cocosynth split instances.json --parts train=0.8,val=0.2 -o parts
    """
    from cocosynth.coco.part_names import files_of
    from cocosynth.core import files
    from cocosynth.datasets.split.split import parse_parts, partition

    if by is None:
        by = "source" if key is None and pattern is None else "group"
    if (by == "group") != (key is not None or pattern is not None):
        raise CocosynthError("--by group needs --key or --pattern, and they need it")
    shares = parse_parts(parts)
    outputs = {name: out / f"{name}.json" for name in shares}
    refuse_existing([*outputs.values()], files_of(annotations), overwrite=overwrite)
    files.refuse_impossible(out)
    files.make_folder(out)
    made = partition(
        annotations, outputs, shares, by=by, key=key or "file_name", pattern=pattern, seed=seed,
        images=images,
    )  # fmt: skip
    _tell(made, by)
    found = ", ".join(f"{name} {count}" for name, count in made.images.items())
    print(f"split into {found} images: {out}")


def _tell(made: Partition, by: str) -> None:
    if made.groups < sum(made.images.values()):
        say(f"{sum(made.images.values())} images in {made.groups} groups that stay together")
    for name, share in made.asked.items():
        say(f"{name}: asked {_short(share)}, got {_short(made.got[name])} of the images")
    if made.cause:
        part, group, count = made.cause.part, made.cause.group, made.cause.images
        what = f"group {group!r}" if by == "group" else f"group of {group!r}"
        line = f"the fractions differ because of the {what}: its {count} images stay together"
        say(one_line(f"note: {line} in {part}"))
    for name, names in made.missing.items():
        if names:
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            say(one_line(f"note: {name} has no annotation of {', '.join(names[:8])}{more}"))
    for note in made.notes:
        say(one_line(f"note: {note}"))
    if made.shared:
        say(
            f"note: {made.shared} photographs can be seen in several parts, which leaks; "
            "--by source keeps their images together"
        )


def _short(share: Fraction) -> str:
    return f"{float(share):.4g}"
