"""What identifies the pictures that images show: the bytes of their files and photographs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from cocosynth.check.pictures.photographs import Source
from cocosynth.coco.layout import MANIFEST
from cocosynth.core import identity


@dataclass(frozen=True, eq=False)
class Images:
    """The images of an annotation file.

    Attributes
    ----------
    path : str
        Of the annotation file.
    names : sequence of str
        The `file_name` of each.
    files : sequence of (str or None)
        The file of each, where it is there.
    sources : sequence of tuple of Source
        The photographs that each is made of.
    """

    path: str
    names: Sequence[str]
    files: Sequence[str | None]
    sources: Sequence[tuple[Source, ...]]

    @property
    def hashed(self) -> bool:
        """Whether the sha256 of a photograph is known."""
        return any(made.sha256 for sources in self.sources for made in sources)

    def unhashed_note(self) -> Iterator[str]:
        """Say how many photographs have no sha256, if any."""
        named = {made for sources in self.sources for made in sources if made.sha256 is None}
        if named:
            yield (
                f"{self.path}: {len(named)} photographs behind its images have no sha256, as no "
                f"{MANIFEST} of the build lies above the file; only their names were compared"
            )


class Picture(NamedTuple):
    """What two images may share: an image itself, or a photograph that it shows."""

    content: str | None  # equal for equal bytes; None where they are not known
    name: str
    is_source: bool = False


Contents = list[list[str | None]]  # by file and image


def contents_of(files: Sequence[Images]) -> Contents:
    """Return what identifies the bytes of all images; only files of one length are read."""
    paths = [path for images in files for path in images.files if path is not None]
    names = iter(identity.identities(paths))
    return [[None if path is None else next(names) for path in images.files] for images in files]


def with_hashes(files: Sequence[Images], contents: Contents, compared: Sequence[bool]) -> Contents:
    """Name the bytes of images by sha256 where photographs are to be compared with them.

    The photographs that images are made of have no other name.

    Parameters
    ----------
    files : sequence of Images
    contents : Contents
        As `contents_of` returns it.
    compared : sequence of bool
        Whether the images of a file are compared with photographs whose sha256 is known.
    """
    named = {
        content: identity.sha256(path)
        for images, known, wanted in zip(files, contents, compared, strict=True)
        for path, content in zip(images.files, known, strict=True)
        if wanted and path is not None and content is not None
    }
    return [[named.get(content or "", content) for content in known] for known in contents]


def pictures_of(images: Images, contents: Sequence[str | None]) -> Iterator[list[Picture]]:
    """Yield the pictures that each image shows, itself first."""
    for name, content, sources in zip(images.names, contents, images.sources, strict=True):
        made_of = (Picture(made.sha256, made.file_name, True) for made in sources)
        yield [Picture(content, name), *made_of]


def all_compared(files: Sequence[Images]) -> list[bool]:
    """Say of each file whether another one knows the sha256 of photographs."""
    hashed = [images.hashed for images in files]
    return [any(chain(hashed[:number], hashed[number + 1 :])) for number in range(len(files))]
