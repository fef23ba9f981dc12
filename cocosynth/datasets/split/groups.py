"""Which images of a dataset belong together."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from cocosynth.coco.document import Document
from cocosynth.coco.raw_records import ImageKeys, decode_keys
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.provenance import Source, sources_of_images, tails

By = Literal["source", "image", "group"]


def groups_of(
    document: Document, images: Sequence[ImageKeys], *, by: By, key: str, pattern: str | None
) -> list[Hashable]:
    """Return the group of each image."""
    if by == "group":
        return list(_keyed(document, key, pattern))
    if by == "image":
        return list(range(len(images)))
    return list(_connected(_photographs(document, images)))


def _keyed(document: Document, key: str, pattern: str | None) -> Iterator[Hashable]:
    try:
        expression = None if pattern is None else re.compile(pattern)
    except re.error as error:
        raise CocosynthError(f"--pattern: {pattern!r} is no regular expression: {error}") from None
    kind = msgspec.defstruct("Keyed", [("id", int), ("group", Any, None)], rename={"group": key})
    for start, text in document.chunks("images"):
        for record in decode_keys(document, "images", kind, start, text):
            value = record.group  # type: ignore[attr-defined]
            found = expression.search(str(value)) if expression and value is not None else None
            if not isinstance(value, (str, int, float)) or (expression and not found):
                what = f"no match of {pattern!r} in" if expression and value is not None else "no"
                raise CocosynthError(
                    f"{document.path}: image {record.id} has {what} {key!r}"  # type: ignore[attr-defined]
                    f"{'' if value is None else f' {value!r}'}, so it has no group"
                )
            yield (found[1] if found.re.groups else found[0]) if found else value


def _photographs(document: Document, images: Sequence[ImageKeys]) -> list[list[Hashable]]:
    """Return the photographs that each image shows.

    An image that is made of none is one itself, under its own name and under those of photographs
    that its name ends with: in a merged file a folder stands before it.
    """
    shown = list(sources_of_images(document))
    named: dict[str, list[Source]] = {}
    for source in {source for sources in shown for source in sources}:
        named.setdefault(source.file_name, []).append(source)
    return [
        [*sources]
        or [image.file_name, *(s for tail in tails(image.file_name) for s in named.get(tail, ()))]
        for image, sources in zip(images, shown, strict=True)
    ]


def _connected(shown: Sequence[Sequence[Hashable]]) -> Iterator[int]:
    """Yield a number for each image, the same for images that photographs connect."""
    parent = list(range(len(shown)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first: dict[Hashable, int] = {}
    for position, photographs in enumerate(shown):
        for photograph in photographs:
            one, other = root(position), root(first.setdefault(photograph, position))
            parent[max(one, other)] = min(one, other)
    yield from map(root, range(len(shown)))
