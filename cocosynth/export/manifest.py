"""The manifest of a dataset: what it was made of, and with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.core.notes import Note
from cocosynth.core.skipped import SkippedRow
from cocosynth.export.health import Count, Health

VERSION = 1

Level = Annotated[float, Meta(ge=-1e300, le=1e300)]  # a number in a picture


class Generator(msgspec.Struct, frozen=True):
    """The versions of everything that touches a pixel or a label."""

    name: Literal["cocosynth"]
    version: str
    python: str
    libraries: dict[str, str]


class SplitCounts(msgspec.Struct, frozen=True):
    """What a split holds; categories by name.

    Attributes
    ----------
    distractors : dict of str to int
        How many distractors were pasted, by category; left away where there are none.
    """

    images: Count = 0
    annotations: Count = 0
    categories: dict[str, Count] = {}
    distractors: dict[str, Count] | UnsetType = UNSET


class Terms(msgspec.Struct, frozen=True):
    """The licence of a photograph, and the short code of those that are known."""

    code: str
    name: str
    url: str


class Photograph(msgspec.Struct, frozen=True, kw_only=True):
    """A photograph that can be seen in the dataset.

    Attributes
    ----------
    sha256, mask_sha256 : str
        Of its file, and of the mask beside it where it has one.
    images : dict of str to int
        In how many images it can be seen, by split.
    """

    dataset: str
    file_name: str
    image_id: int | None
    sha256: str
    mask_sha256: str | UnsetType = UNSET
    license: Terms
    attribution: str
    coco_url: str | UnsetType = UNSET
    flickr_url: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    images: dict[str, Count]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The file ``manifest.json``, whose being there says that a dataset is whole.

    Attributes
    ----------
    coco_files : dict of str to str
        The sha256 of the COCO files among the sources.
    technique_files : dict of str to str
        The sha256 of the files that techniques read, such as the picture of `heatmap`; left away
        where there is none.
    value_ranges : dict of str to tuple of float
        What was measured, by source; left away where nothing was.
    notes : list of Note
        What is worth knowing of the sources; left away where there is nothing.
    health : Health
        Where the annotations come from, and what may hurt training; not in earlier manifests.
    variants : tuple of str
        The blend modes that every scene is rendered in; left away where there is one image a scene.
    products : tuple of str
        The files and folders that the exporters own, where they are not those of `coco` alone.
    version : int
        Of this form; left away while it is 1.
    """

    generator: Generator
    seed: int
    splits: dict[str, SplitCounts]
    sources_shared_between_splits: bool
    coco_files: dict[str, str]
    skipped: list[SkippedRow]
    technique_files: dict[str, str] | UnsetType = UNSET
    value_ranges: dict[str, tuple[Level, Level]] | UnsetType = UNSET
    notes: list[Note] | UnsetType = UNSET
    health: Health | UnsetType = UNSET
    photographs: list[Photograph]
    variants: tuple[str, ...] | UnsetType = UNSET
    products: Annotated[tuple[str, ...], Meta(min_length=1)] | UnsetType = UNSET
    version: Literal[1] | UnsetType = UNSET

    def encoded(self) -> bytes:
        """Return the text of the file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a dataset that `build` has made.

    Raises
    ------
    CocosynthError
        If there is none, or the file is another program's, damaged, or of a later version.
    """
    return decode_as(files.read_bytes(path), Manifest, what=f"{path}: not a manifest of ours")
