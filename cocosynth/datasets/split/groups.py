"""Which images of a dataset belong together."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from cocosynth.check.pictures.contents import Images, contents_of, with_hashes
from cocosynth.check.pictures.photographs import Source, tails
from cocosynth.coco.document import Document
from cocosynth.coco.raw_records import decode_keys
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.inputs import Input

By = Literal["source", "image", "group"]


def groups_of(source: Input, *, by: By, key: str, pattern: str | None) -> list[Hashable]:
    """Return the group of each image."""
    if by == "group":
        return list(_keyed(source.document, key, pattern))
    if by == "image":
        return list(range(len(source.images)))
    return list(_connected(_photographs(source.shown)))


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


def key_of(made: Source) -> Hashable:
    """Return what is equal for the same photograph: its bytes, or its name where they are unknown.

    Two configurations may call one folder by two names, so a name counts only where it must.
    """
    return ("bytes", made.sha256) if made.sha256 else _label(made)


def _label(made: Source) -> Hashable:
    return "name", posixpath.normpath(made.dataset), made.file_name


def _photographs(images: Images) -> list[list[Hashable]]:
    """Return the photographs that each image shows.

    An image that is made of none is one itself: under its bytes, and where those of one of the two
    are not known, under the names of photographs that its name ends with; in a merged file a folder
    stands before it.
    """
    photographs = {made for sources in images.sources for made in sources}
    unhashed = {_label(made) for made in photographs if made.sha256 is None}
    named: dict[str, list[Source]] = {}
    for made in photographs:
        named.setdefault(made.file_name, []).append(made)

    def keys(made: Source) -> Iterator[Hashable]:
        yield key_of(made)
        if _label(made) in unhashed:
            yield _label(made)

    def own(name: str, content: str | None) -> Iterator[Hashable]:
        yield ("file", name) if content is None else ("bytes", content)
        for made in (made for tail in tails(name) for made in named.get(tail, ())):
            if content is None or made.sha256 is None:
                yield key_of(made)

    return [
        [key for made in sources for key in keys(made)] or list(own(name, content))
        for name, content, sources in zip(
            images.names, _contents(images), images.sources, strict=True
        )
    ]


def _contents(images: Images) -> list[str | None]:
    """Return what identifies the bytes of the images that are made of no photograph."""
    files = [
        None if made else file for file, made in zip(images.files, images.sources, strict=True)
    ]
    alone = replace(images, files=files)
    [contents] = with_hashes([alone], contents_of([alone]), [images.hashed])
    return contents


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
