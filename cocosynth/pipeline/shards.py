"""Shards: a few images of one split, the unit in which work is handed out and written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from cocosynth.core import files
from cocosynth.core.skipped import Skipped, SkippedRow
from cocosynth.core.values import Record
from cocosynth.export.coco import CocoExporter
from cocosynth.pipeline.compose import Composer
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.scenes.plan import dealt

IMAGES_A_SHARD = 8

_HIDDEN = "background annotation hidden by what is in front"


@dataclass(frozen=True)
class Shard:
    """Some images of a split, by their indices."""

    split: str
    number: int
    indices: tuple[int, ...]

    def __str__(self) -> str:
        return f"image {self.indices[0] + 1} of {self.split}"

    def record_file(self, folder: Path) -> Path:
        return folder / f"{self.split}-{self.number:09d}.json"


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
    """What became of a shard: how many images, and what was left out of them and why."""

    images: int
    skipped: list[SkippedRow]


class ShardFile(msgspec.Struct, frozen=True):
    """What is written down of a shard once all its images are; records are JSON."""

    skipped: list[SkippedRow]
    records: list[msgspec.Raw]


@dataclass(frozen=True)
class ShardMaker:
    """Makes the images of a shard and writes down their records."""

    compose: Composer
    exporter: CocoExporter
    folder: Path

    def __call__(self, shard: Shard) -> MadeShard:
        done = shard.record_file(self.folder)
        if done.exists():  # by an earlier run of this build
            content = _read_shard(done)
        else:
            content = self._make(shard)
            files.write_atomic(done, msgspec.json.encode(content))
        return MadeShard(len(shard.indices), content.skipped)

    def _make(self, shard: Shard) -> ShardFile:
        skipped = Skipped()
        records = []
        for index in shard.indices:
            scene, composite = self.compose(shard.split, index, skipped)
            record, hidden = self.exporter.write(scene, composite)
            skipped.add("images", _HIDDEN, hidden)
            records.append(msgspec.Raw(msgspec.json.encode(record)))
        return ShardFile(skipped.rows(), records)


def read_records(folder: Path, inputs: SceneInputs, split: str) -> Iterator[Record]:
    """Read back the records of a split, in index order."""
    count = inputs.pools[split].images
    starts, stops = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    with files.temporary(folder) as spool:
        for shard in shards_of(inputs, split):
            records = _read_shard(shard.record_file(folder)).records
            for index, record in zip(shard.indices, records, strict=True):
                starts[index] = spool.tell()
                spool.write(record)
                stops[index] = spool.tell()
        for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
            spool.seek(start)
            yield msgspec.json.decode(spool.read(stop - start), type=Record)


def _read_shard(path: Path) -> ShardFile:
    return msgspec.json.decode(files.read_bytes(path), type=ShardFile)
