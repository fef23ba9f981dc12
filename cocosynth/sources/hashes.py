"""The sha256 of source photographs, so that a change can be noticed later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from cocosynth.core import identity
from cocosynth.core.executors import Executor
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.progress import Progress
from cocosynth.core.values import Photo
from cocosynth.sources.catalogue import Catalogue, Cut

_HASHED = 32  # photographs at a time


def photograph_files(catalogue: Catalogue, number: int) -> Iterator[tuple[str, str]]:
    """Yield the files of a photo: the picture, and the mask beside it where it has one."""
    return _files(catalogue.photos[number], catalogue.cuts.mask_paths(number))


def files_of(photo: Photo, cuts: Iterable[Cut]) -> Iterator[tuple[str, str]]:
    """Yield the files of a photo and of what is cut out of it, with the key of the hash of each."""
    return _files(photo, (cut.mask_path for cut in cuts if cut.mask_path))


def _files(photo: Photo, masks: Iterable[str]) -> Iterator[tuple[str, str]]:
    yield "sha256", photo.path
    for path in masks:
        yield "mask_sha256", path


def hash_photos(
    catalogue: Catalogue, numbers: Sequence[int], title: str, run: Executor, progress: Progress
) -> dict[int, dict[str, str]]:
    """Take down what photographs are, so that a change is noticed later."""
    work = (
        [dict(photograph_files(catalogue, number)) for number in numbers[start : start + _HASHED]]
        for start in range(0, len(numbers), _HASHED)
    )
    answers = progress(title, run(hash_files, work), len(numbers), len)
    return dict(zip(numbers, chain.from_iterable(answers), strict=True))


def hash_files(photographs: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the sha256 of the files of some photos, under their keys."""
    ahead = fetched_ahead(photographs, lambda paths: paths.values())
    return [{key: identity.sha256(path) for key, path in paths.items()} for paths in ahead]
