"""Which photographs can be seen in the images of a dataset of ours.

Its image records name them as `sources`. Their sha256 is in the manifest beside the dataset, and in
the records themselves once `merge` or `split` has copied them away from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from cocosynth.coco.document import Document, join
from cocosynth.coco.duplicate_keys import hides_value
from cocosynth.coco.layout import manifests_beside
from cocosynth.core.decoding import UNREADABLE
from cocosynth.core.errors import CocosynthError
from cocosynth.export.manifest import read_manifest

_FOLDERS = 64  # deeper ones are no real files', and would take quadratic time
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Source(msgspec.Struct, frozen=True):
    """A photograph as a dataset of ours names it.

    Attributes
    ----------
    dataset, file_name : str
        The source, and the file in that source.
    sha256 : str or None
        Of its file, where it is known.
    """

    dataset: str
    file_name: str
    sha256: str | None = None


class _Named(msgspec.Struct, frozen=True):
    dataset: str
    file_name: str
    sha256: Any = None


class _Sourced(msgspec.Struct, frozen=True):
    sources: msgspec.Raw = msgspec.Raw(b"[]")


Hashes = Mapping[tuple[str, str], str]


def sources_of_images(document: Document) -> list[tuple[Source, ...]]:
    """Return the photographs that the record of every image names, in the order of the file."""
    hashes = _hashes_beside(document.path)
    return [
        _sources(raw, hashes) for _, text in document.chunks("images") for raw in _raw_sources(text)
    ]


def with_hashes_of(photographs: Sequence[Source], sources: list[Any]) -> list[dict[str, Any]]:
    """Return the `sources` of an image record, each with the sha256 of its photograph if known."""
    return [
        {**made, "sha256": known.sha256} if known.sha256 else dict(made)
        for made, known in zip(sources, photographs, strict=True)
    ]


def keep_hashes(document: Document) -> None:
    """Write the sha256 of photographs into the records of the images that are made of them.

    So a copy of the file still has them where the manifest of the dataset cannot be found any more.
    """
    raws = document.tables["images"]
    for position, photographs in enumerate(sources_of_images(document)):
        if any(made.sha256 for made in photographs):
            row = msgspec.json.decode(raws[position], type=dict[str, msgspec.Raw])
            if hides_value(join([raws[position]]), [row]):
                continue
            before = msgspec.json.decode(row["sources"])
            sources = with_hashes_of(photographs, before)
            if sources != before:
                row["sources"] = msgspec.Raw(msgspec.json.encode(sources))
                document.replace("images", position, msgspec.Raw(msgspec.json.encode(row)))


def _raw_sources(images: bytes) -> Iterator[msgspec.Raw]:
    try:
        records = msgspec.json.decode(images, type=list[_Sourced])
    except UNREADABLE:  # one of them is no record
        for raw in msgspec.json.decode(images, type=list[msgspec.Raw]):
            try:
                yield msgspec.json.decode(raw, type=_Sourced).sources
            except UNREADABLE:
                yield msgspec.Raw(b"[]")
    else:
        yield from (record.sources for record in records)


def _sources(raw: msgspec.Raw, hashes: Hashes) -> tuple[Source, ...]:
    try:
        named = msgspec.json.decode(raw, type=tuple[_Named, ...])
    except UNREADABLE:  # another program's key of this name
        return ()
    return tuple(Source(made.dataset, made.file_name, _hash(made, hashes)) for made in named)


def _hash(made: _Named, hashes: Hashes) -> str | None:
    if isinstance(made.sha256, str) and _SHA256.fullmatch(made.sha256):
        return made.sha256
    return hashes.get((made.dataset, made.file_name))


def _hashes_beside(annotation_file: str) -> Hashes:
    """Return the sha256 of the photographs behind a dataset, where it still has its manifest."""
    for path in manifests_beside(annotation_file):
        try:
            manifest = read_manifest(path)
        except CocosynthError:  # another program's
            continue
        return {
            (p.dataset, p.file_name): p.sha256
            for p in manifest.photographs
            if _SHA256.fullmatch(p.sha256)
        }
    return {}


def tails(file_name: str) -> Iterator[str]:
    """Yield a file name, and what is left of it folder by folder, the last few folders only.

    Examples
    --------
    >>> list(tails("coco/val2017/1.jpg"))
    ['coco/val2017/1.jpg', 'val2017/1.jpg', '1.jpg']
    """
    parts = file_name.split("/")
    for i in (0, *range(max(1, len(parts) - _FOLDERS), len(parts))):
        yield "/".join(parts[i:])
