"""Several COCO datasets, real and synthetic, become one file to train on.

Read which images each has, refuse what is held out and what is there twice, choose how many of
each are taken, agree on categories and licences, and write all records with new numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from cocosynth.check.pictures.overlap import Overlap, duplicates, leaks
from cocosynth.check.validate.refuse import refuse_errors
from cocosynth.coco.part_names import files_of
from cocosynth.core import identity
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.inputs import Input, image_root, open_input, prefix_of
from cocosynth.datasets.merge.ratio import amounts, sample
from cocosynth.datasets.merge.vocabulary import held_out_notes, join_categories, join_licenses
from cocosynth.datasets.merge.writer import Part, Writer

__all__ = ["Merged", "merge"]

Folders = Sequence[Path | None] | None


@dataclass(frozen=True)
class Merged:
    """What a merge made.

    Attributes
    ----------
    root : Path
        The folder that file names start from.
    images : list of (int, int)
        For each file, how many images were taken, and how many it has.
    annotations : list of int
        For each file, how many were taken.
    notes : list of str
        What a user should know about the result.
    """

    root: Path
    images: list[tuple[int, int]]
    annotations: list[int]
    notes: list[str]


def merge(
    paths: Sequence[Path],
    out: Path,
    *,
    images: Folders = None,
    root: Path | None = None,
    held_out: Sequence[Path] = (),
    held_out_images: Folders = None,
    ratio: Sequence[Fraction] | None = None,
    seed: int = 0,
    drop_leaks: bool = False,
    drop_duplicates: bool = False,
    join_lookalikes: bool = False,
) -> Merged:
    """Merge COCO datasets into one annotation file; no image is copied or moved.

    Parameters
    ----------
    paths : sequence of Path
        The annotation files.
    out : Path
        The merged one; replaced where it exists.
    images : sequence of Path, optional
        The image folder of each; by default the one beside it in the layout of COCO.
    root : Path, optional
        What file names in the merged file are relative to; by default the deepest folder that
        holds all image folders.
    held_out : sequence of Path
        Annotation files whose images must not be trained on.
    held_out_images : sequence of Path, optional
        Their image folders; by default those of the layout of COCO, where there.
    ratio : sequence of Fraction, optional
        How many images of each file to take, relative to the others; by default all.
    seed : int
        Decides which images are taken.
    drop_leaks : bool
        Skip images that show what is held out, rather than refuse them.
    drop_duplicates : bool
        Skip images that an earlier file has, rather than refuse them.
    join_lookalikes : bool
        Make one category of those whose names differ in case, spaces, ``-`` or ``_`` only.

    Returns
    -------
    Merged

    Raises
    ------
    CocosynthError
        If the files cannot be read or made one, or would leak.
    """
    if ratio is not None and len(ratio) != len(paths):
        raise CocosynthError(f"--ratio: has {len(ratio)} terms for {len(paths)} files")
    inputs = [
        open_input(path, folder, option="--images")
        for path, folder in zip(paths, images or [None] * len(paths), strict=True)
    ]
    tests = [
        open_input(path, folder, option="--held-out-images")
        for path, folder in zip(held_out, held_out_images or [None] * len(held_out), strict=True)
    ]
    for source in inputs:
        refuse_errors(source.document)
    top = image_root([_folder_of(source) for source in inputs], root)
    notes = [*_missing_notes([*inputs, *tests]), *_moved_notes(inputs)]
    kept = [set(range(len(source.images))) for source in inputs]
    if tests:
        notes += [note for source in (*inputs, *tests) for note in source.shown.unhashed_note()]
        way = "--drop-leaks skips them"
        what = "show what is held out"
        found = leaks([source.shown for source in inputs], [source.shown for source in tests])
        _settle(inputs, kept, found, notes, what=what, drop=drop_leaks, option=way)
    way = "--drop-duplicates keeps the earlier ones"
    what = "are in an earlier file"
    found = duplicates([source.shown for source in inputs], [source.places for source in inputs])
    _settle(inputs, kept, found, notes, what=what, drop=drop_duplicates, option=way)
    chosen = _chosen(kept, ratio, seed)
    notes += _emptied_notes(inputs, chosen)
    categories, category_ids, category_notes = join_categories(
        inputs, join_lookalikes=join_lookalikes
    )
    licenses, license_ids = join_licenses(inputs)
    notes += [*category_notes, *held_out_notes(categories, tests)]
    writer = Writer(
        [
            Part(source, positions, prefix_of(_folder_of(source), top), renumbered, terms)
            for source, positions, renumbered, terms in zip(
                inputs, chosen, category_ids, license_ids, strict=True
            )
        ]
    )
    info = _info(inputs, chosen, None if ratio is None else seed)
    notes += writer.write(out, info=info, categories=categories, licenses=licenses)
    counts = [(len(part.chosen), len(part.source.images)) for part in writer.parts]
    return Merged(top, counts, writer.annotations, notes)


def _folder_of(source: Input) -> Path:
    if source.folder is None:
        raise CocosynthError(
            f"{source.path}: where are its images? give the folder that its file names start from "
            "as --images, for each file in turn"
        )
    return source.folder


def _missing_notes(inputs: Sequence[Input]) -> list[str]:
    return [
        f"{source.path}: {source.missing} of {len(source.images)} images have no file"
        f"{f' in {source.folder}' if source.folder else ''}; only their names were compared"
        f"{f', first: {source.first_hint}' if source.folder else ''}"
        for source in inputs
        if source.missing
    ]


def _moved_notes(inputs: Sequence[Input]) -> Iterator[str]:
    for source in inputs:
        for name, found in list(source.moved.items())[:1]:
            yield (
                f"{source.path}: {len(source.moved)} images have a file of another name, which is "
                f"written: {name!r} is {found!r}"
            )


def _settle(
    inputs: Sequence[Input],
    kept: Sequence[set[int]],
    found: Sequence[Sequence[Overlap]],
    notes: list[str],
    *,
    what: str,
    drop: bool,
    option: str,
) -> None:
    """Skip images that share a picture with others.

    Raises
    ------
    CocosynthError
        If the user did not ask for that.
    """
    for source, positions, overlaps in zip(inputs, kept, found, strict=True):
        shared = [overlap for overlap in overlaps if overlap.position in positions]
        if not shared:
            continue
        first = f"first {source.images[shared[0].position].file_name!r}: {shared[0]}"
        if not drop:
            raise CocosynthError(
                f"{source.path}: {len(shared)} of its {len(source.images)} images {what}, {first}; "
                f"{option}{shared[0].way_to_be_sure}"
            )
        notes.append(
            f"{source.path}: skipped {len(shared)} images, with their annotations, that {what}, "
            f"{first}"
        )
        positions.difference_update(overlap.position for overlap in shared)


def _chosen(
    kept: Sequence[set[int]], ratio: Sequence[Fraction] | None, seed: int
) -> list[set[int]]:
    if ratio is None:
        return list(kept)
    wanted = amounts([len(positions) for positions in kept], ratio)
    return [
        set(sample(sorted(positions), amount, seed=seed, dataset=number))
        for number, (positions, amount) in enumerate(zip(kept, wanted, strict=True))
    ]


def _emptied_notes(inputs: Sequence[Input], chosen: Sequence[set[int]]) -> Iterator[str]:
    for source, positions in zip(inputs, chosen, strict=True):
        if not positions and source.images:
            yield f"{source.path}: none of its {len(source.images)} images is in the merged file"


def _info(inputs: Sequence[Input], chosen: Sequence[set[int]], seed: int | None) -> dict[str, Any]:
    """Say what was merged; nothing is invented that the files do not say."""
    merged = []
    for source, positions in zip(inputs, chosen, strict=True):
        document = source.document
        info = document.member("info") if "info" in document.members else {}
        digest = identity.sha256(*files_of(source.path))
        about = {"file": Path(source.path).name, "sha256": digest}
        merged.append({**about, "images": len(positions), "info": info})
    names = ", ".join(str(part["file"]) for part in merged)
    drawn = {} if seed is None else {"seed": seed}
    return {"description": f"Merged by cocosynth from {names}", **drawn, "merged": merged}
