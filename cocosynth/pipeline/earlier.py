"""What an earlier build has left in the folder of a dataset, whole or unfinished."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cocosynth.coco.layout import FILES, Layout
from cocosynth.coco.splits import is_split_name
from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import is_url
from cocosynth.export.formats import DEFAULT_PRODUCTS, is_product
from cocosynth.export.manifest import Generator, read_manifest

_WORK = ".build"

FINGERPRINT = "fingerprint.json"
"""Of an unfinished build: what it depends on."""


class _Fingerprint(msgspec.Struct):
    generator: Generator


def work_of(path: Path) -> Path:
    """Return the folder in a dataset's that is there while it is built."""
    return path / _WORK


def stage_of(path: Path) -> Path:
    """Return where a dataset lies until it is whole: in its place at a URL, where nothing moves."""
    return path if is_url(path) else work_of(path) / "dataset"


def can_resume(path: Path) -> bool:
    """Say whether a folder holds an unfinished build of ours."""
    key = work_of(path) / FINGERPRINT
    try:
        decode_as(files.read_bytes(key), _Fingerprint, what=f"{key}: not a fingerprint of ours")
    except CocosynthError:
        return False
    return True


def owned_names(path: Path) -> set[str] | None:
    """Return the entries of a folder that are of a whole dataset; None where there is none of ours.

    What a manifest names leads to no other folder.
    """
    try:
        manifest = read_manifest(Layout(path).manifest)
    except CocosynthError:
        return None
    products = manifest.products or DEFAULT_PRODUCTS
    return {
        *FILES,
        *filter(is_split_name, manifest.splits),
        *(product.rstrip("/") for product in filter(is_product, products)),
    }
