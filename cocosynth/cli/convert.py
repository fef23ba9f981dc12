"""``convert``: any COCO dataset in the formats that a build can write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cocosynth.cli.app import USE, app, folder_for_each, notes, say
from cocosynth.cli.executor import ExecutorName, RayAddress, Workers, chosen_executor
from cocosynth.cli.summary import skipped_lines
from cocosynth.coco.layout import annotation_files, annotation_name
from cocosynth.core.errors import CocosynthError


@app.command("convert", rich_help_panel=USE)
def convert_command(
    annotations: Annotated[
        list[Path], typer.Argument(help="COCO annotation files; each becomes a split.")
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="Formats with commas between: coco, coco_keypoints, panoptic, semantic, voc, "
            "webdataset, yolo, yolo_detect, yolo_pose.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder of the result.")],
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="The folder of the images: one for all files, or one for each in turn. "
            f"Absent: X beside {annotation_name('X')}."
        ),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="The name of each split in turn; by default that in the file's name."),
    ] = None,
    shard_size: Annotated[
        int | None, typer.Option("--shard-size", help="Of webdataset: images in a tar file.")
    ] = None,
    semantic_background: Annotated[
        str | None,
        typer.Option(
            "--semantic-background",
            help="Of semantic: what pixels are that no object owns, void or class.",
        ),
    ] = None,
    skip_missing: Annotated[
        bool, typer.Option("--skip-missing", help="Skip images that have no file.")
    ] = False,
    link: Annotated[
        bool,
        typer.Option("--link", help="Link the files of images, where possible, not copy them."),
    ] = False,
    workers: Workers = None,
    executor: ExecutorName = None,
    ray_address: RayAddress = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier conversion in OUT.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Convert COCO datasets to YOLO, panoptic, semantic, Pascal VOC and others.

    Example: cocosynth convert dataset --to yolo -o converted
    """
    from cocosynth.cli.progress import bars
    from cocosynth.core.progress import silent
    from cocosynth.datasets.convert.convert import CREDITS, convert

    formats = [name.strip() for name in to.split(",") if name.strip()]
    parameters = {
        "webdataset": _given("--shard-size", "webdataset", "shard_size", shard_size, formats),
        "semantic": _given(
            "--semantic-background", "semantic", "background", semantic_background, formats
        ),
    }
    found = annotation_files(annotations)
    paths = [path for path, _ in found]
    made = convert(
        paths,
        out,
        formats,
        images=folder_for_each(paths, images, "--images") if images else [at for _, at in found],
        splits=split,
        parameters=parameters,
        skip_missing=skip_missing,
        link=link,
        overwrite=overwrite,
        executor=chosen_executor(executor, workers, ray_address, quiet=quiet),
        progress=silent if quiet else bars,
        note=notes(quiet=quiet),
    )
    if quiet:
        return
    for line in skipped_lines(made.skipped):
        say(line)
    if made.renamed:
        say(f"note: {made.renamed} images have another file name than before: see {CREDITS}")
    for name, count in made.images.items():
        say(f"{name}: {count} images, {made.annotations[name]} annotations")
    print(f"converted to {', '.join(formats)}: {out}")


def _given(
    option: str, format: str, parameter: str, value: Any, formats: list[str]
) -> dict[str, Any]:
    """Return the parameter of a format that an option gives."""
    if value is None:
        return {}
    if format not in formats:
        raise CocosynthError(f"{option}: is of the format {format}, which --to does not name")
    return {parameter: value}
