"""Images that two datasets share, by their files, and by the photographs that images are made of.

Two pictures are the same if their bytes are. Where the bytes of one of them are not known, because
its file is not there or no folder was given, their names are compared instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cocosynth.check.pictures.contents import (
    Contents,
    Images,
    Picture,
    all_compared,
    contents_of,
    pictures_of,
    with_hashes,
)
from cocosynth.check.pictures.photographs import tails
from cocosynth.coco.layout import MANIFEST

Seen = tuple[Picture, Images, int]
"""A picture, and the image that shows it: its file, and its position there."""


class Overlap(NamedTuple):
    """An image of one dataset that shares a picture with another one's."""

    position: int  # in the table of images
    picture: Picture
    other: Picture
    file: Images  # that has the other picture
    at: int  # the position of the image that shows it
    same: str  # "bytes" or "name"

    @property
    def only_sources(self) -> bool:
        """Whether both are made of one photograph, and neither is that photograph."""
        return self.picture.is_source and self.other.is_source

    @property
    def way_to_be_sure(self) -> str:
        """Say how to compare bytes where only names were."""
        unknown = [picture for picture in (self.picture, self.other) if picture.content is None]
        if self.same != "name" or not unknown:
            return ""
        if all(picture.is_source for picture in unknown):
            return f"; only names agree, as no {MANIFEST} of the build lies above the file"
        return "; give --images and --held-out-images to compare the files"

    def __str__(self) -> str:
        made = f"is made of {self.picture.name!r}, which" if self.picture.is_source else "it"
        name = self.file.names[self.at]
        there = f"{self.other.name!r}, of which {name!r} is made," if self.other.is_source else ""
        return f"{made} has the {self.same} of {there or repr(name)} in {self.file.path}"


def duplicates(inputs: Sequence[Images], places: Sequence[Sequence[str]]) -> list[list[Overlap]]:
    """Return, for each input, its images that an earlier one has too.

    Parameters
    ----------
    inputs : sequence of Images
    places : sequence of sequence of str
        Where the file of each image must be, by input; tells apart those that are not there.
    """
    first: dict[str, tuple[Images, int]] = {}
    found: list[list[Overlap]] = []
    for images, known, where in zip(inputs, contents_of(inputs), places, strict=True):
        found.append([])
        for position, (content, place) in enumerate(zip(known, where, strict=True)):
            other, at = first.setdefault(content or place, (images, position))
            if other is not images:
                same = "bytes" if content else "name"
                one, two = (
                    Picture(content, images.names[position]),
                    Picture(content, other.names[at]),
                )
                found[-1].append(Overlap(position, one, two, other, at, same))
    return found


def leaks(inputs: Sequence[Images], held_out: Sequence[Images]) -> list[list[Overlap]]:
    """Return, for each input, its images that show what is held out."""
    files = [*inputs, *held_out]
    hashed = [any(images.hashed for images in side) for side in (held_out, inputs)]
    compared = [hashed[0]] * len(inputs) + [hashed[1]] * len(held_out)
    contents = with_hashes(files, contents_of(files), compared)
    index = _Index()
    for images, known in zip(held_out, contents[len(inputs) :], strict=True):
        index.add_all(images, known)
    return [
        list(_found(images, known, index)) for images, known in zip(inputs, contents, strict=False)
    ]


def shared(files: Sequence[Images]) -> list[list[Overlap]]:
    """Return, for each file, its images that share a picture with an image of an earlier one."""
    contents: Contents = with_hashes(files, contents_of(files), all_compared(files))
    index, found = _Index(), []
    for images, known in zip(files, contents, strict=True):
        found.append(list(_found(images, known, index)))
        index.add_all(images, known)
    return found


def _found(images: Images, contents: Sequence[str | None], index: _Index) -> Iterator[Overlap]:
    for position, pictures in enumerate(pictures_of(images, contents)):
        overlaps = [
            Overlap(position, picture, *seen, same)
            for picture in pictures
            for same, seen in index.find(picture)
        ]
        if overlaps:  # what is surest counts: "bytes" before "name"
            yield min(overlaps, key=lambda overlap: (overlap.same, overlap.only_sources))


class _Index:
    """Pictures by content and by name, those of images and those behind them apart."""

    def __init__(self) -> None:
        self._contents: dict[tuple[str | None, bool], Seen] = {}
        self._names: dict[bool, dict[str, Seen]] = {True: {}, False: {}}  # by: content is known
        self._tails: dict[bool, dict[str, Seen]] = {True: {}, False: {}}

    def add_all(self, images: Images, contents: Sequence[str | None]) -> None:
        for position, pictures in enumerate(pictures_of(images, contents)):
            for picture in pictures:
                self._add(picture, (picture, images, position))

    def _add(self, picture: Picture, seen: Seen) -> None:
        known = picture.content is not None
        if known:
            self._contents.setdefault((picture.content, picture.is_source), seen)
        self._names[known].setdefault(picture.name, seen)
        for tail in tails(picture.name):
            self._tails[known].setdefault(tail, seen)

    def find(self, picture: Picture) -> Iterator[tuple[str, Seen]]:
        """Yield what makes a picture that was added the same, and that picture."""
        for is_source in (False, True):
            if seen := self._contents.get((picture.content, is_source)):
                yield "bytes", seen
        named = self._named(picture.name, known=False)
        if named is None and picture.content is None:
            named = self._named(picture.name, known=True)
        if named is not None:
            yield "name", named

    def _named(self, name: str, *, known: bool) -> Seen | None:
        """Return a picture whose name is this one, or is with some folders before one of them."""
        found = (self._names[known].get(tail) for tail in tails(name))
        return next(filter(None, chain([self._tails[known].get(name)], found)), None)
