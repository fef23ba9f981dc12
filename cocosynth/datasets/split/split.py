"""One COCO dataset becomes several that share no image, and no more than the user allows.

Images that belong together form a group and stay together: those of one video, say, or those that
show one photograph. Groups are shared out by `splits`, which spreads every category over all parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

from cocosynth.check.pictures.photographs import keep_hashes
from cocosynth.check.validate.refuse import refuse_errors
from cocosynth.coco.document import Document
from cocosynth.coco.raw_records import AnnotationKeys, CategoryKeys, read_keys
from cocosynth.coco.splits import is_split_name
from cocosynth.core.errors import CocosynthError
from cocosynth.core.randomness import rng_for
from cocosynth.core.stratify import assign
from cocosynth.datasets.inputs import Input, open_input
from cocosynth.datasets.split.cause import Cause, cause_of
from cocosynth.datasets.split.groups import By, groups_of, key_of
from cocosynth.datasets.split.writer import write_parts

__all__ = ["By", "Partition", "parse_parts", "partition"]

_USUAL = ("train", "val", "test")
_NO_OBJECT = None
"""The label of images without annotations, which are spread over all parts as well."""


@dataclass(frozen=True)
class Partition:
    """What was shared out.

    Attributes
    ----------
    images, annotations : dict of str to int
        By part.
    groups : int
        How many groups there were.
    missing : dict of str to list of str
        The categories that the dataset has annotations of, but a part has not.
    shared : int
        How many photographs can be seen in more than one part.
    notes : list of str
        Where names had to be compared instead of bytes.
    asked, got : dict of str to Fraction
        The fraction of the images that each part was to have, and the one it has.
    cause : Cause or None
        Which group made them differ; None where they agree up to single images.
    """

    images: dict[str, int]
    annotations: dict[str, int]
    groups: int
    missing: dict[str, list[str]]
    shared: int
    notes: list[str]
    asked: dict[str, Fraction]
    got: dict[str, Fraction]
    cause: Cause | None


def parse_parts(text: str) -> dict[str, Fraction]:
    """Read the names and fractions of parts; two or three may go without names.

    Raises
    ------
    CocosynthError
        If it is not of that form, or the fractions add up neither to 1 nor, as percent, to 100.

    Examples
    --------
    >>> parse_parts("train=0.8,val=1/5")
    {'train': Fraction(4, 5), 'val': Fraction(1, 5)}
    >>> parse_parts("80/10/10")
    {'train': Fraction(4, 5), 'val': Fraction(1, 10), 'test': Fraction(1, 10)}
    """
    parts: dict[str, Fraction] = {}
    for item in _with_names(text):
        name, _, share = (word.strip() for word in item.partition("="))
        try:
            fraction = Fraction(share.removesuffix("%").rstrip())
        except (ValueError, ZeroDivisionError):
            fraction = Fraction(0)
        if not is_split_name(name) or name in parts or fraction <= 0:
            raise CocosynthError(
                f"--parts: {item!r}: give names and fractions above 0, each name once, as "
                "train=0.8,val=0.2 or 80/20"
            )
        parts[name] = fraction
    total = sum(parts.values())
    if total not in (1, 100):
        raise CocosynthError(
            f"--parts: the fractions add up to {float(total):g}; they must add up to 1, or to 100 "
            "as percent"
        )
    return {name: fraction / total for name, fraction in parts.items()}


def _with_names(text: str) -> list[str]:
    """Return ``name=share`` for each part; shares alone are those of train, val and test."""
    if not re.fullmatch(r"[\d.%\s]+([/:,][\d.%\s]+)+", text):
        return text.split(",")
    shares = re.split("[/:,]", text)
    if len(shares) > len(_USUAL):
        raise CocosynthError(f"--parts: {text!r}: name the parts, as train=0.8,val=0.2")
    return [f"{name}={share}" for name, share in zip(_USUAL, shares, strict=False)]


def partition(
    path: Path,
    outputs: Mapping[str, Path],
    parts: Mapping[str, Fraction],
    *,
    by: By = "source",
    key: str = "file_name",
    pattern: str | None = None,
    seed: int = 0,
    images: Path | None = None,
) -> Partition:
    """Split a COCO dataset into files that share no group of images.

    Records are copied byte for byte, with the ids they have, but for the sha256 of photographs that
    the manifest of the dataset knows; every file has all categories, licences and what else stands
    beside the tables.

    Parameters
    ----------
    path : Path
        The annotation file.
    outputs : mapping of str to Path
        The file of each part; replaced where it exists.
    parts : mapping of str to Fraction
        How many of the images each part is to have.
    by : {"source", "image", "group"}
        What stays together: images that show one photograph, directly or over others; nothing;
        or images whose `key` is the same.
    key : str
        A key of the image records.
    pattern : str, optional
        A regular expression: what its first group finds in the value of `key`, or all of it where
        it has no group, counts instead of the value.
    seed : int
    images : Path, optional
        The folder of the images, whose bytes are compared where `by` is "source"; by default the
        one beside the file in the layout of COCO, where it is there.

    Returns
    -------
    Partition

    Raises
    ------
    CocosynthError
        If the file cannot be read, an image has no group, or a part would stay empty.
    """
    source = open_input(path, images, option="--images", may_lack=True)
    document = source.document
    refuse_errors(document)
    categories = {c.id: c.name for c in read_keys(document, "categories", CategoryKeys)}
    labels = _labels(source)
    groups = groups_of(source, by=by, key=key, pattern=pattern)
    part_of = _shared_out(groups, labels, parts, seed)
    _refuse_empty(document, part_of, parts, groups)
    keep_hashes(document)
    annotations = write_parts(
        document, outputs, dict(zip((i.id for i in source.images), part_of, strict=True))
    )
    present = _labels_of_parts(part_of, labels)
    all_labels = set().union(*present.values()) - {_NO_OBJECT}
    shared = _shared_photographs(source, part_of)
    return Partition(
        images={name: part_of.count(name) for name in parts},
        annotations=annotations,
        groups=len(set(groups)),
        missing={
            name: [categories.get(i, str(i)) for i in sorted(all_labels - present[name])]
            for name in parts
        },
        shared=shared,
        notes=list(_notes(source, by)) if shared or by == "source" else [],
        asked=dict(parts),
        got={name: Fraction(part_of.count(name), len(part_of)) for name in parts},
        cause=cause_of(part_of, groups, parts, source.images if by != "group" else None),
    )


def _labels(source: Input) -> list[set[Any]]:
    """Return the categories of the objects in each image."""
    labels: dict[int, set[Any]] = {image.id: set() for image in source.images}
    for annotation in read_keys(source.document, "annotations", AnnotationKeys):
        labels[annotation.image_id].add(annotation.category_id)
    return [found or {_NO_OBJECT} for found in labels.values()]


def _shared_out(
    groups: Sequence[Hashable],
    labels: Sequence[set[Any]],
    parts: Mapping[str, Fraction],
    seed: int,
) -> list[str]:
    """Return the part of each image."""
    brought: dict[Hashable, Counter[Hashable]] = {}
    for group, found in zip(groups, labels, strict=True):
        brought.setdefault(group, Counter()).update(found)
    whole = lcm(*(share.denominator for share in parts.values()))
    shares = {name: int(share * whole) for name, share in parts.items()}
    given = assign(brought, shares, rng_for(seed, "split"), sizes=Counter(groups))
    return [given[group] for group in groups]


def _refuse_empty(
    document: Document, part_of: Sequence[str], parts: Iterable[str], groups: Sequence[Hashable]
) -> None:
    for name in parts:
        if name not in part_of:
            raise CocosynthError(
                f"{document.path}: {name} would have no image: the {len(part_of)} images are "
                f"{len(set(groups))} groups that stay together; take fewer parts, or another --by"
            )


def _labels_of_parts(part_of: Sequence[str], labels: Sequence[set[Any]]) -> dict[str, set[Any]]:
    present: dict[str, set[Any]] = {name: set() for name in part_of}
    for name, found in zip(part_of, labels, strict=True):
        present[name] |= found
    return present


def _shared_photographs(source: Input, part_of: Sequence[str]) -> int:
    seen: dict[Hashable, set[str]] = {}
    for name, photographs in zip(part_of, source.shown.sources, strict=True):
        for made in photographs:
            seen.setdefault(key_of(made), set()).add(name)
    return sum(len(names) > 1 for names in seen.values())


def _notes(source: Input, by: By) -> Iterator[str]:
    """Say where names stood in for bytes."""
    shown = source.shown
    yield from shown.unhashed_note()
    alone = [file for file, made in zip(shown.files, shown.sources, strict=True) if not made]
    if by == "source" and None in alone and len(alone) < len(shown.sources):
        yield (
            f"{source.path}: {alone.count(None)} images that are not composed have no file"
            f"{f' in {source.folder}' if source.folder else ''}; only their names were compared "
            "with those of photographs; give the folder of the images as --images"
        )
