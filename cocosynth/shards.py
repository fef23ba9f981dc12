"""Shards: runs of images of one split, the unit in which work is handed out and written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from cocosynth import files, images
from cocosynth.errors import CocosynthError, UnusableError
from cocosynth.export.coco import CocoExporter, Record
from cocosynth.foregrounds import Foregrounds
from cocosynth.ground import Ground, lay_ground
from cocosynth.occupancy import Occupancy
from cocosynth.plan import plan, plan_background
from cocosynth.render import render
from cocosynth.structures import Background, Composite, Image, Scene
from cocosynth.studio import Studio

IMAGES_A_SHARD = 8
_BACKGROUND_ATTEMPTS = 100
MISSING = "object that fitted nowhere (see placement, min_visibility, min_area)"

_EMPTY = "background annotation whose mask has no pixel"

Counts = Counter[tuple[str, str]]
Examples = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Shard:
    """Images `start` to `stop` - 1 of a split."""

    split: str
    start: int
    stop: int

    def __str__(self) -> str:
        return f"images {self.start + 1} to {self.stop} of {self.split}"

    def record_file(self, folder: Path) -> Path:
        return folder / f"{self.split}-{self.start:09d}.json"


def shards_of(splits: dict[str, int]) -> list[Shard]:
    return [
        Shard(split, start, min(start + IMAGES_A_SHARD, count))
        for split, count in splits.items()
        for start in range(0, count, IMAGES_A_SHARD)
    ]


@dataclass(frozen=True)
class MadeShard:
    """What became of a shard: how many images, and what was left out of them and why."""

    images: int
    skipped: Counts
    examples: Examples


class ShardFile(msgspec.Struct, frozen=True):
    """What is written down of a shard once all its images are."""

    skipped: list[tuple[str, str, int]]
    examples: list[tuple[str, str, str]]
    records: list[Record]


@dataclass(frozen=True)
class ShardMaker:
    """Makes the images of a shard and writes down their records."""

    studio: Studio
    exporter: CocoExporter
    folder: Path

    def __call__(self, shard: Shard) -> MadeShard:
        done = shard.record_file(self.folder)
        if done.exists():  # by an earlier run of this build
            content = _read_shard(done)
        else:
            content = self._make(shard)
            files.write_atomic(done, msgspec.json.encode(content))
        counts = Counter({(source, reason): count for source, reason, count in content.skipped})
        examples = {(source, reason): example for source, reason, example in content.examples}
        return MadeShard(shard.stop - shard.start, counts, examples)

    def _make(self, shard: Shard) -> ShardFile:
        counts: Counts = Counter()
        examples: Examples = {}
        records = []
        for index in range(shard.start, shard.stop):
            scene, composite = make_image(self.studio, shard.split, index, counts, examples)
            record, hidden = self.exporter.write(scene, composite)
            counts["images", "background annotation hidden by what is in front"] += hidden
            records.append(record)
        skipped = [(*key, count) for key, count in (+counts).items()]
        return ShardFile(skipped, [(*key, name) for key, name in examples.items()], records)


def make_image(
    studio: Studio, split: str, index: int, counts: Counts, examples: Examples
) -> tuple[Scene, Composite]:
    """Plan and render one image; it depends on nothing but the studio, the split and the index."""
    background, photo, ground = _open_background(studio, split, index, counts, examples)
    occupancy, foregrounds = Occupancy(ground, studio.limits), Foregrounds(studio.bank.rgba)
    scene, missing = plan(
        studio, split, index, background=background, occupancy=occupancy, foregrounds=foregrounds
    )
    counts["images", MISSING] += missing
    if ground.empty:
        used = studio.photos[background.photo]
        counts[used.source, _EMPTY] += ground.empty
        examples.setdefault((used.source, _EMPTY), used.file_name)
    image = render(scene, photo, foregrounds=foregrounds, blend=studio.blend)
    return scene, Composite(image, occupancy.labels, tuple(occupancy.layers))


def _open_background(
    studio: Studio, split: str, index: int, counts: Counts, examples: Examples
) -> tuple[Background, Image, Ground]:
    """Read the planned background, or the next one where its file cannot be used."""
    for attempt in range(_BACKGROUND_ATTEMPTS):
        position, background, size = plan_background(studio, split, index, attempt=attempt)
        photo = studio.photos[background.photo]
        try:
            pixels = images.read_image(photo.path, upright=photo.upright)
            if pixels.shape[:2] != photo.size:
                raise UnusableError("image file has another size than its record")
            ground = lay_ground(studio.backgrounds[position], photo.size, background, size)
        except UnusableError as error:
            reason = (photo.source, f"choice of a background whose {error}")
            counts[reason] += 1
            examples.setdefault(reason, photo.file_name)
            continue
        return background, pixels, ground
    raise CocosynthError(
        f"no background of the split {split!r} can be used: {_BACKGROUND_ATTEMPTS} were tried "
        f"for image {index + 1}; the last was {photo.path}"
    )


def read_records(folder: Path, shards: list[Shard]) -> Iterator[Record]:
    """Read back the records of shards, in their order."""
    for shard in shards:
        yield from _read_shard(shard.record_file(folder)).records


def _read_shard(path: Path) -> ShardFile:
    return msgspec.json.decode(files.read_bytes(path), type=ShardFile)
