"""Shards: a few images of one split, the unit in which work is handed out and written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.layout import Layout
from cocosynth.core import files, images
from cocosynth.core.decoding import decode_as
from cocosynth.core.errors import CocosynthError
from cocosynth.core.fetching import fetched_ahead, read_each
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import Skipped, SkippedRow
from cocosynth.core.urls import is_url
from cocosynth.export.context import ExportContext, Numbered
from cocosynth.export.formats import Format
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.tally import Counts, Tally
from cocosynth.scenes.background import dealt
from cocosynth.scenes.inputs import SceneInputs

IMAGES_A_SHARD = 8

PIXELS_TOGETHER = IMAGES_A_SHARD * 640 * 480
"""Of canvases that are planned and rendered together; a larger one is made alone."""

_OTHER = "not a part of a build of ours; --overwrite builds the dataset again"


@dataclass(frozen=True)
class Shard:
    """Some images of a split, by their indices."""

    split: str
    number: int
    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"image {self.indices[0] + 1} of {self.split}"

    def record_file(self, folder: Path) -> Path:
        return record_file(folder, self.split, self.number)


def record_file(folder: Path, split: str, number: int) -> Path:
    """Return what is written down of a shard."""
    return folder / f"{split}-{number:09d}.json"


def shards_of(inputs: SceneInputs, split: str) -> Iterator[Shard]:
    """Schedule the images of a split: those on one background follow each other, in their order.

    So each background is read about once, however often it is used.
    """
    pool = inputs.pools[split]
    order = np.argsort(dealt(inputs, split), kind="stable") if pool.repeats else None
    for number, start in enumerate(range(0, pool.images, IMAGES_A_SHARD)):
        indices = range(start, min(start + IMAGES_A_SHARD, pool.images))
        chosen = indices if order is None else order[indices.start : indices.stop].tolist()
        yield Shard(split, number, tuple(chosen))


@dataclass(frozen=True)
class MadeShard:
    """What became of a shard: how many images, what they hold, and what was skipped and why.

    Attributes
    ----------
    hashes : dict of int to str
        The sha256 of the backgrounds that were read, by the number of their photo.
    """

    split: str
    images: int
    counts: Counts
    skipped: list[SkippedRow]
    hashes: dict[int, str]


class MadeImage(msgspec.Struct, frozen=True):
    """How many annotations an image has, and the part of each format; parts are JSON."""

    annotations: int
    parts: list[msgspec.Raw]


class _Counted(msgspec.Struct, frozen=True):
    """How many annotations a `MadeImage` has."""

    annotations: int


class ShardFile(msgspec.Struct, frozen=True):
    """What is written down of a shard once all its images are."""

    skipped: list[SkippedRow]
    counts: Counts
    images: list[msgspec.Raw]  # each a `MadeImage`
    hashes: dict[int, str]


@dataclass(frozen=True)
class ShardMaker:
    """Makes the images of a shard and writes down their parts.

    Attributes
    ----------
    compose : Composer
    formats : sequence of Format
    context : ExportContext
        That of the formats.
    folder : Path
        Of the files of shards.
    """

    compose: Composer
    formats: Sequence[Format]
    context: ExportContext
    folder: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.folder,)

    def __call__(self, shard: Shard) -> MadeShard:
        done = shard.record_file(self.folder)
        if done.exists():  # by an earlier run of this build
            content = _read_shard(done, shard)
        else:
            with files.writing_behind(self.folder):
                content = self._make(shard)
            files.write_atomic(done, msgspec.json.encode(content))
        counts, skipped, hashes = content.counts, content.skipped, content.hashes
        return MadeShard(shard.split, len(shard.indices), counts, skipped, hashes)

    def _make(self, shard: Shard) -> ShardFile:
        skipped, tally = Skipped(), Tally()
        made: list[msgspec.Raw] = []
        hashes: dict[int, str] = {}
        for indices in self.groups(shard):
            samples = self.compose.together(shard.split, indices, skipped)
            for sample in samples:
                self._write_image(sample)
            for sample in samples:
                tally.count(sample)
                hashes |= self.compose.hashes_of(sample)
                parts = [format.write(sample) for format in self.formats]
                image = MadeImage(len(sample.annotations), parts)
                made.append(msgspec.Raw(msgspec.json.encode(image)))
        return ShardFile(skipped.rows(), tally.counts(), made, hashes)

    def groups(self, shard: Shard) -> Iterator[list[int]]:
        """Yield the indices that are made together; backgrounds at URLs are fetched meanwhile."""
        first = self.compose.first_choices(shard.split, shard.indices)
        paths = {index: photo.path for index, photo in zip(shard.indices, first, strict=True)}
        ahead: Iterable[int] = shard.indices
        if is_url(first[0].path):
            ahead = fetched_ahead(shard.indices, lambda index: [paths[index]])
        largest = max(map(self.compose.pixels_on, first))
        left = iter(ahead)
        while some := list(islice(left, max(1, PIXELS_TOGETHER // largest))):
            yield some

    def _write_image(self, sample: Sample) -> None:
        options = self.context.options
        content = images.encode_bgr(
            sample.composite.bgr,
            options.image_format,
            quality=options.quality,
            compression=options.png_compression,
        )
        path = Layout(self.context.folder).images(sample.scene.split) / sample.file_name
        if "/" in sample.file_name:  # the folder of the split itself is there
            files.make_folder(path.parent)
        files.write_atomic(path, content)


@dataclass(frozen=True, eq=False)
class SplitParts:
    """The parts of a split, on disk, to be read in the order of the images by each format.

    Attributes
    ----------
    spool : binary file
        What is read one after the other here.
    starts, stops : ndarray of int64
        Where the parts of each image begin and end in it.
    annotations : ndarray of int32
        How many each image has.
    shards, rows : ndarray of int
        The shard of each image, and its place in it: where a worker finds its parts.
    """

    spool: IO[bytes]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    annotations: NDArray[np.int32]
    shards: NDArray[np.int32]
    rows: NDArray[np.int16]

    def of(self, position: int) -> Iterator[Numbered[msgspec.Raw]]:
        """Yield the parts of a format; here images and annotations get their ids."""
        following = 1
        places = zip(self.starts.tolist(), self.stops.tolist(), strict=True)
        for image_id, (start, stop) in enumerate(places, start=1):
            self.spool.seek(start)
            image = decode_as(self.spool.read(stop - start), MadeImage, what=_OTHER)
            ids = range(following, following + image.annotations)
            yield Numbered(image_id, ids, image.parts[position])
            following = ids.stop


@contextmanager
def split_parts(folder: Path, inputs: SceneInputs, split: str) -> Iterator[SplitParts]:
    """Gather the parts of a split from its shards; none for a split without images."""
    count = inputs.pools[split].images if split in inputs.pools else 0
    starts, stops = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    annotations, shards = np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    rows = np.zeros(count, dtype=np.int16)
    with files.temporary(folder) as spool:
        of_split = shards_of(inputs, split) if count else ()
        records = ((shard, shard.record_file(folder)) for shard in of_split)
        for (shard, path), content in read_each(records, lambda each: each[1]):
            made = _decoded(content, path, shard).images
            for row, (index, image) in enumerate(zip(shard.indices, made, strict=True)):
                starts[index] = spool.tell()
                spool.write(image)
                stops[index] = spool.tell()
                annotations[index] = decode_as(image, _Counted, what=_OTHER).annotations
                shards[index], rows[index] = shard.number, row
        yield SplitParts(spool, starts, stops, annotations, shards, rows)


def _read_shard(path: Path, shard: Shard) -> ShardFile:
    return _decoded(files.read_bytes(path), path, shard)


def _decoded(encoded: bytes, path: Path, shard: Shard) -> ShardFile:
    content = _shard_file(encoded, path)
    if len(content.images) != len(shard.indices):
        raise CocosynthError(f"{path}: {_OTHER}: it has {len(content.images)} images")
    return content


def read_shard(path: Path) -> ShardFile:
    """Read what is written down of a shard.

    Raises
    ------
    CocosynthError
        If it cannot be read, or no build of ours has written it.
    """
    return _shard_file(files.read_bytes(path), path)


def _shard_file(encoded: bytes, path: Path) -> ShardFile:
    return decode_as(encoded, ShardFile, what=f"{path}: {_OTHER}")
