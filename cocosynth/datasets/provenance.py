"""Which photographs can be seen in the images of a dataset of ours.

Its image records name them as `sources`; the manifest beside it knows their sha256.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cocosynth.coco.document import Document
from cocosynth.coco.layout import Layout
from cocosynth.core.errors import CocosynthError
from cocosynth.export.manifest import read_manifest


class Source(msgspec.Struct, frozen=True):
    """A photograph as a dataset of ours names it: by the source, and the file in that source."""

    dataset: str
    file_name: str


class _Sourced(msgspec.Struct, frozen=True):
    sources: msgspec.Raw = msgspec.Raw(b"[]")


def sources_of_images(document: Document) -> Iterator[tuple[Source, ...]]:
    """Yield the photographs of every image, in the order of the file; none where none are named."""
    for _, text in document.chunks("images"):
        for record in msgspec.json.decode(text, type=list[_Sourced]):
            yield _sources(record.sources)


def _sources(raw: msgspec.Raw) -> tuple[Source, ...]:
    try:
        return msgspec.json.decode(raw, type=tuple[Source, ...])
    except msgspec.DecodeError:  # another program's key of this name
        return ()


def photograph_hashes(annotation_file: str) -> dict[Source, str]:
    """Return the sha256 of the photographs behind a dataset, where it still has its manifest."""
    try:
        manifest = read_manifest(Layout.around(annotation_file).manifest)
    except CocosynthError:  # there is none, or it is another program's
        return {}
    return {Source(p.dataset, p.file_name): p.sha256 for p in manifest.photographs}


def tails(file_name: str) -> Iterator[str]:
    """Yield a file name, and what is left of it folder by folder.

    Examples
    --------
    >>> list(tails("coco/val2017/1.jpg"))
    ['coco/val2017/1.jpg', 'val2017/1.jpg', '1.jpg']
    """
    parts = file_name.split("/")
    for i in range(len(parts)):
        yield "/".join(parts[i:])
