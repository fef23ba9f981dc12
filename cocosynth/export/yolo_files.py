"""What the formats of ultralytics YOLO share: label files, and ``data.yaml``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.coco.splits import uses_of
from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Category
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.linked import link_image

DATA = "data.yaml"

IMAGES, LABELS = "images", "labels"
"""Where a folder of a path is called so, ultralytics looks for labels in one called `labels`."""

CROWD = "crowd annotation, which YOLO labels cannot hold"


class YoloImage(msgspec.Struct, frozen=True):
    """The labels of an image: what follows the class of each object, with the id of its category.

    Attributes
    ----------
    skipped : dict of str to int
        How many annotations have no label, by reason.
    """

    file_name: str
    skipped: dict[str, int]
    labels: list[tuple[int, str]]


def refuse_images_split(context: ExportContext, format: str) -> None:
    """Refuse a split whose name ultralytics would take for the folder of all images.

    Raises
    ------
    CocosynthError
    """
    if IMAGES in context.splits:
        raise CocosynthError(
            f"export.formats: {format}: a split cannot be called {IMAGES!r}: ultralytics would not "
            "look for its labels beside the images; take another name"
        )


def text_of(numbers: Sequence[float]) -> str:
    """Write fractions of an image with six decimals."""
    return " ".join(["%.6f"] * len(numbers)) % tuple(numbers)


def write_labels(
    folder: Path, context: ExportContext, parts: Iterable[Numbered[YoloImage]]
) -> list[SkippedRow]:
    """Write the labels of a split: only now it is known which classes there are.

    Classes are the categories of the context, in their order.
    """
    skipped: dict[str, int] = {}
    classes = {category.id: number for number, category in enumerate(context.categories)}
    made = folder
    for part in (each.part for each in parts):
        lines = (f"{classes[context.category_id(n)]} {text}\n" for n, text in part.labels)
        target = (folder / part.file_name).with_suffix(".txt")
        if target.parent != made:
            made = files.make_folder(target.parent)
        files.write_atomic(target, "".join(lines).encode())
        for reason, count in part.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
    return [SkippedRow("images", reason, count) for reason, count in skipped.items() if count]


def own_image(folder: Path, context: ExportContext, sample: Sample) -> None:
    """Link the image of a sample into a folder, and make the folder of its labels."""
    split = sample.scene.split
    link_image(context.folder, sample, folder / IMAGES / split / sample.file_name)
    files.make_folder(folder / LABELS / split)


def write_data(
    path: Path,
    context: ExportContext,
    categories: Iterable[Category],
    *,
    prefix: str = "",
    more: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Write the file that ultralytics is given.

    Parameters
    ----------
    path : Path
    context : ExportContext
    categories : iterable of Category
        The classes, in order.
    prefix : str
        What leads from the folder of the file to the folders of splits.
    more : mapping of str to sequence of int, optional
        Further keys.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString as Quoted  # `no` is a name

    filled = [split for split, count in context.splits.items() if count]
    uses = uses_of(filled)._asdict()
    uses["val"] = uses["val"] or uses["train"]  # ultralytics wants one
    content = {
        **{use: Quoted(f"{prefix}{split}") for use, split in uses.items() if split},
        **{key: _in_a_line(numbers) for key, numbers in (more or {}).items()},
        "names": {n: Quoted(c.name) for n, c in enumerate(categories)},
    }
    stream = io.BytesIO()
    stream.writelines(f"# {line}\n".encode() for line in _notes(context, uses))
    yaml = YAML()
    yaml.allow_unicode = False
    yaml.width = 10_000
    yaml.dump(content, stream)
    files.write_atomic(path, stream.getvalue())


def _in_a_line(numbers: Sequence[int]) -> Any:
    from ruamel.yaml.comments import CommentedSeq

    written = CommentedSeq(numbers)
    written.fa.set_flow_style()
    return written


def _notes(context: ExportContext, uses: dict[str, str | None]) -> Iterable[str]:
    """Say what the file is, and what is not in it."""
    yield "Made by cocosynth for ultralytics; paths are relative to the folder of this file."
    if uses["val"] == uses["train"]:
        yield "There is no other split to validate on: val is what is trained on, too."
    for split, count in context.splits.items():
        if not count:
            yield f"The split {split} is not named here: it has no image."
        elif split not in uses.values():
            yield f"The split {split} is not named here: there are train, val and test only."
