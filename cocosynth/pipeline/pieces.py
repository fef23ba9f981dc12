"""Files of a format that hold some images each: written in workers, once all images are made.

Which images a piece holds depends on their numbers alone, and so does every byte of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.decoding import decode_as
from cocosynth.core.executors import Executor
from cocosynth.core.progress import Progress
from cocosynth.core.skipped import SkippedRow
from cocosynth.export.context import Numbered
from cocosynth.export.formats import Format
from cocosynth.pipeline.shards import MadeImage, SplitParts, read_shard, record_file, split_parts
from cocosynth.pipeline.staging import Staging
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.catalogue import Catalogue

_KEPT = 64  # files of shards: consecutive images stand in one where each has its own background

_OTHER = "not a piece of a build of ours; --overwrite builds the dataset again"


@dataclass(frozen=True, eq=False)
class Piece:
    """Some images of a split that follow each other.

    Attributes
    ----------
    split : str
    number : int
        Of the piece in its split, from 0.
    image_id, annotation_id : int
        The first of each.
    shards, rows : ndarray of int
        Where the parts of each image are: the number of its shard, and its place in it.
    """

    split: str
    number: int
    image_id: int
    annotation_id: int
    shards: NDArray[np.int32]
    rows: NDArray[np.int16]

    def __str__(self) -> str:
        return f"images {self.image_id} to {self.image_id + len(self.rows) - 1} of {self.split}"


def pieces_of(split: str, parts: SplitParts, size: int) -> Iterator[Piece]:
    """Cut the images of a split into pieces of so many."""
    following = 1
    for number, start in enumerate(range(0, len(parts.rows), size)):
        here = slice(start, start + size)
        yield Piece(split, number, start + 1, following, parts.shards[here], parts.rows[here])
        following += int(parts.annotations[here].sum())


@dataclass(frozen=True)
class PieceWriter:
    """Writes a piece; one that an earlier run of this build has written is left as it is.

    Attributes
    ----------
    format : Format
    position : int
        Of the format among those of the build.
    folder : Path
        Of the files of shards.
    """

    format: Format
    position: int
    folder: Path

    def __call__(self, piece: Piece) -> list[SkippedRow]:
        done = self.folder / f"piece-{self.position}-{piece.split}-{piece.number:09d}.json"
        if done.exists():
            content = files.read_bytes(done)
            return decode_as(content, list[SkippedRow], what=f"{done}: {_OTHER}")
        rows = self.format.write_piece(piece.split, piece.number, self._parts(piece))
        files.write_atomic(done, msgspec.json.encode(rows))
        return rows

    def _parts(self, piece: Piece) -> Iterator[Numbered[msgspec.Raw]]:
        """Read the parts of the images one at a time."""

        @lru_cache(maxsize=_KEPT)
        def images_of(shard: int) -> list[msgspec.Raw]:
            return read_shard(record_file(self.folder, piece.split, shard)).images

        following = piece.annotation_id
        places = zip(piece.shards.tolist(), piece.rows.tolist(), strict=True)
        for image_id, (shard, row) in enumerate(places, start=piece.image_id):
            image = decode_as(images_of(shard)[row], MadeImage, what=_OTHER)
            ids = range(following, following + image.annotations)
            yield Numbered(image_id, ids, image.parts[self.position])
            following = ids.stop


def finish_formats(
    formats: Sequence[Format],
    catalogue: Catalogue,
    inputs: SceneInputs,
    staging: Staging,
    run: Executor,
    progress: Progress,
) -> None:
    """Let each format write its files, split by split; images are numbered in their order.

    A format whose files hold some images each writes them in workers, where there are several.
    """
    for split, count in inputs.images(staging.splits).items():
        with split_parts(staging.shard_folder, inputs, split) as parts:
            for position, format in enumerate(formats):
                size = format.images_a_piece
                if not 0 < size < count:
                    catalogue.skip_all(format.finish(split, parts.of(position)))
                    continue
                writer = PieceWriter(format, position, staging.shard_folder)
                written, total = run(writer, pieces_of(split, parts, size)), -(-count // size)
                for skipped in progress(f"writing {format.name}", written, total, lambda _: 1):
                    catalogue.skip_all(skipped)
    for format in formats:
        format.close()
