"""``merge``: several datasets become one file to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.cli.app import USE, app, folder_for_each, refuse_existing, say
from cocosynth.coco.layout import annotation_name
from cocosynth.core.errors import one_line


@app.command("merge", rich_help_panel=USE)
def merge_command(
    annotations: Annotated[
        list[Path],
        typer.Argument(
            help="COCO annotation files, the one whose category ids are kept first; all parts of "
            "one count as one file."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The merged annotation file.")],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="The folder of the images: one for all files, or one for each in turn. "
            f"Absent: X beside {annotation_name('X')}."
        ),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(help="What its file names start from; by default the deepest that can be."),
    ] = None,
    held_out: Annotated[
        list[Path] | None,
        typer.Option(help="A file to test on, whose images must not be seen; may be repeated."),
    ] = None,
    held_out_images: Annotated[
        list[Path] | None, typer.Option(help="As --images, for the files held out.")
    ] = None,
    drop_leaks: Annotated[
        bool, typer.Option("--drop-leaks", help="Skip images that show what is held out.")
    ] = False,
    drop_duplicates: Annotated[
        bool,
        typer.Option("--drop-duplicates", help="Skip images that an earlier file has."),
    ] = False,
    join_lookalikes: Annotated[
        bool,
        typer.Option(
            "--join-lookalikes",
            help="Make one category of those whose names differ in case, spaces, - or _ only.",
        ),
    ] = False,
    ratio: Annotated[
        str | None,
        typer.Option(help="Images of each file relative to the others, as 1:2; absent: all."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Decides which images a ratio takes.")
    ] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUT.")] = False,
) -> None:
    """Merge COCO datasets, real and synthetic, into one file to train on; copies no image.

    Example: cocosynth merge real.json dataset/annotations/instances_train.json -o merged.json
    """
    from cocosynth.coco.part_names import joined
    from cocosynth.core import files
    from cocosynth.datasets.merge.merge import merge
    from cocosynth.datasets.merge.ratio import parse_ratio

    annotations, tests = joined(annotations), joined(held_out or [])
    refuse_existing([out], [*annotations, *tests], overwrite=overwrite)
    terms = None if ratio is None else parse_ratio(ratio)
    folders = folder_for_each(annotations, images, "--images")
    test_folders = folder_for_each(tests, held_out_images, "--held-out-images")
    files.make_folder(out.parent)
    merged = merge(
        annotations,
        out,
        images=folders,
        root=root,
        held_out=tests,
        held_out_images=test_folders,
        ratio=terms,
        seed=seed,
        drop_leaks=drop_leaks,
        drop_duplicates=drop_duplicates,
        join_lookalikes=join_lookalikes,
    )
    for path, (taken, there), count in zip(
        annotations, merged.images, merged.annotations, strict=True
    ):
        say(one_line(f"{path}: {taken} of {there} images, {count} annotations"))
    for note in merged.notes:
        say(one_line(f"note: {note}"))
    total = sum(taken for taken, _ in merged.images)
    print(
        f"merged {total} images with {sum(merged.annotations)} annotations: {out}; "
        f"file names start from {merged.root}"
    )
