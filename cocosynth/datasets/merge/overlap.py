"""Images that two datasets share, by their files, and by the photographs that images are made of.

Two pictures are the same if their bytes are. Where the bytes of one of them are not known, because
its file is not there or no folder was given, their names are compared instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cocosynth.coco.layout import MANIFEST
from cocosynth.core import identity
from cocosynth.datasets.merge.inputs import Input
from cocosynth.datasets.provenance import Source, photograph_hashes, sources_of_images, tails


class Picture(NamedTuple):
    """What two images may share: an image itself, or a photograph that it shows."""

    content: str | None  # equal for equal bytes; None where they are not known
    name: str
    is_source: bool = False


Image = tuple[str, str]  # annotation file, file name
Contents = list[list[str | None]]  # by input and image


class Overlap(NamedTuple):
    """An image of one dataset that shares a picture with another one's."""

    position: int  # in the table of images
    picture: Picture
    other: Picture
    image: Image  # that shows the other picture
    same: str  # "bytes" or "name"

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
        path, name = self.image
        there = f"{self.other.name!r}, of which {name!r} is made," if self.other.is_source else ""
        return f"{made} has the {self.same} of {there or repr(name)} in {path}"


def duplicates(inputs: Sequence[Input]) -> list[list[Overlap]]:
    """Return, for each input, its images that an earlier one has too."""
    contents = _contents(inputs)
    first: dict[str, tuple[int, str]] = {}
    found: list[list[Overlap]] = []
    for number, source in enumerate(inputs):
        found.append([])
        for position, image in enumerate(source.images):
            content = contents[number][position]
            key = content or source.places[position]
            other, name = first.setdefault(key, (number, image.file_name))
            if other != number:
                same = "bytes" if content else "name"
                pictures = Picture(content, image.file_name), Picture(content, name)
                twin = inputs[other].path, name
                found[-1].append(Overlap(position, *pictures, twin, same))
    return found


def leaks(inputs: Sequence[Input], held_out: Sequence[Input]) -> list[list[Overlap]]:
    """Return, for each input, its images that show what is held out."""
    hashes = {source.path: photograph_hashes(source.path) for source in (*inputs, *held_out)}
    contents = _contents([*inputs, *held_out])
    trained, tested = contents[: len(inputs)], contents[len(inputs) :]
    if any(hashes[source.path] for source in inputs):
        tested, trained = _hashed(held_out, tested, trained)
    if any(hashes[source.path] for source in held_out):
        trained, tested = _hashed(inputs, trained, tested)
    index = _Index()
    for source, known in zip(held_out, tested, strict=True):
        for position, pictures in enumerate(_pictures(source, known, hashes[source.path])):
            for picture in pictures:
                index.add(picture, (source.path, source.images[position].file_name))
    return [
        list(_found(_pictures(source, known, hashes[source.path]), index))
        for source, known in zip(inputs, trained, strict=True)
    ]


def _found(images: Iterator[list[Picture]], index: _Index) -> Iterator[Overlap]:
    for position, pictures in enumerate(images):
        for picture in pictures:
            same, found = index.find(picture)
            if found is not None:
                yield Overlap(position, picture, *found, same)
                break


def _contents(inputs: Sequence[Input]) -> Contents:
    """Return what identifies the files of all inputs, by input and image."""
    paths = [path for source in inputs for path in source.paths if path is not None]
    names = iter(identity.identities(paths))
    return [[None if path is None else next(names) for path in source.paths] for source in inputs]


def _hashed(
    sources: Sequence[Input], contents: Contents, others: Contents
) -> tuple[Contents, Contents]:
    """Name the contents of some inputs by sha256, and what others have of the same bytes too.

    The photographs that images are made of have no other name.
    """
    hashes = [
        [None if path is None else identity.sha256(path) for path in source.paths]
        for source in sources
    ]
    named = dict(zip(chain.from_iterable(contents), chain.from_iterable(hashes), strict=True))
    return hashes, [[named.get(content, content) for content in other] for other in others]


def _pictures(
    source: Input, contents: Sequence[str | None], hashes: dict[Source, str]
) -> Iterator[list[Picture]]:
    images = zip(source.images, contents, sources_of_images(source.document), strict=True)
    for image, content, sources in images:
        made_of = (Picture(hashes.get(made), made.file_name, True) for made in sources)
        yield [Picture(content, image.file_name), *made_of]


Seen = tuple[Picture, Image]


class _Index:
    """The pictures held out, by content and by name."""

    def __init__(self) -> None:
        self._contents: dict[str | None, Seen] = {}
        self._names: dict[bool, dict[str, Seen]] = {True: {}, False: {}}  # by: content is known
        self._tails: dict[bool, dict[str, Seen]] = {True: {}, False: {}}

    def add(self, picture: Picture, image: Image) -> None:
        known, seen = picture.content is not None, (picture, image)
        if known:
            self._contents.setdefault(picture.content, seen)
        self._names[known].setdefault(picture.name, seen)
        for tail in tails(picture.name):
            self._tails[known].setdefault(tail, seen)

    def find(self, picture: Picture) -> tuple[str, Seen | None]:
        """Return what makes a picture held out the same, and that picture."""
        if picture.content in self._contents:
            return "bytes", self._contents[picture.content]
        unknown = self._named(picture.name, known=False)
        if unknown is None and picture.content is None:
            return "name", self._named(picture.name, known=True)
        return "name", unknown

    def _named(self, name: str, *, known: bool) -> Seen | None:
        """Return a picture whose name is this one, or is with some folders before one of them."""
        found = (self._names[known].get(tail) for tail in tails(name))
        return next(filter(None, chain([self._tails[known].get(name)], found)), None)
