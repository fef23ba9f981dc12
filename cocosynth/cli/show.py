"""``show``: look at images of a dataset, or at what was cut out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocosynth.check.worst import Worst
from cocosynth.cli.app import CHECK, app, refuse_existing
from cocosynth.core.errors import CocosynthError


@app.command("show", rich_help_panel=CHECK)
def show_command(
    dataset: Annotated[
        Path, typer.Argument(help="The folder of a dataset, any COCO annotation file, or a bank.")
    ],
    image_id: Annotated[
        list[int] | None, typer.Option(help="Show this image; give it again for more.")
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(help="Show images with such an object; again for more.")
    ] = None,
    worst: Annotated[
        Worst | None, typer.Option(help="Show these first: most overlap, smallest, most objects.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Of this split only.")] = None,
    images: Annotated[
        Path | None, typer.Option(help="The folder of the images of an annotation file.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="So many images of each split.")] = 12,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", help="Draw image, masks and boxes beside each other.")
    ] = False,
    bank: Annotated[
        bool, typer.Option("--bank", help="Show what `extract` cut out into the bank DATASET.")
    ] = False,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The folder to write the pictures to.")
    ] = Path("shown"),
    opens: Annotated[
        bool, typer.Option("--open", help="Open the first picture, as the system does.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace earlier pictures in OUT.")
    ] = False,
) -> None:
    """Draw the annotations over images in full size, for a person to look at.

    Example: cocosynth show dataset --category dog --worst overlap -o shown
    """
    from cocosynth.check.show import Wanted, chosen_images, overlay, shown_name
    from cocosynth.check.show import side_by_side as drawn_apart
    from cocosynth.core import files
    from cocosynth.core import images as image_files

    if bank:
        _show_bank(dataset, opens=opens)
        return
    wanted = Wanted(image_id or (), category or (), worst, count)
    draw = drawn_apart if side_by_side else overlay
    pictures: list[Path] = []
    found: set[int] = set()
    for annotation_file, folder in _files(dataset, split, images):
        for chosen in chosen_images(annotation_file, folder, wanted):
            path = out / shown_name(annotation_file, chosen)
            refuse_existing([path], [Path(chosen.path)], overwrite=overwrite)
            files.make_folder(out)
            files.write_atomic(path, image_files.encode_image(draw(chosen), "png", quality=0))
            print(path, flush=True)
            pictures.append(path)
            found.add(chosen.record.id)
    missing = [number for number in wanted.image_ids if number not in found]
    if missing or not pictures:
        which = f"no image {missing[0]}" if missing else "no image"
        of = f" with {' or '.join(wanted.categories)}" if wanted.categories else ""
        raise CocosynthError(f"{dataset}: {which}{of} to show")
    if opens:
        typer.launch(str(pictures[0]))


def _files(dataset: Path, split: str | None, images: Path | None) -> list[tuple[Path, Path]]:
    """Return the annotation files that are meant, each with the folder of its images."""
    from cocosynth.coco.layout import annotation_files, images_beside, split_of

    if not dataset.exists():
        raise CocosynthError(f"{dataset}: does not exist")
    found = []
    for path, folder in annotation_files([dataset]):
        if split is None or split_of(path) == split:
            beside = images or folder or images_beside(path)
            if beside is None:
                raise CocosynthError(f"{path}: no folder of images beside it; name it by --images")
            found.append((path, beside))
    if not found:
        raise CocosynthError(f"{dataset}: has no split {split!r}")
    return found


def _show_bank(bank: Path, *, opens: bool) -> None:
    """Say where the sheets of a bank are."""
    from cocosynth.foregrounds.bank_folder import gallery_folder

    sheets = sorted(gallery_folder(bank).glob("*.png"))
    if not sheets:
        raise CocosynthError(
            f"{bank}: holds no gallery; `extract --gallery 480` draws one beside what it cut out"
        )
    for sheet in sheets:
        print(sheet)
    if opens:
        typer.launch(str(sheets[0]))
