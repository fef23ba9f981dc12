"""What a build is going to take: some images of it are made, and written in all formats."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from cocosynth.core.decoding import decode_as
from cocosynth.export.context import Numbered
from cocosynth.export.formats import make_formats
from cocosynth.pipeline.shards import IMAGES_A_SHARD, MadeImage, Shard, ShardMaker, read_shard
from cocosynth.scenes.inputs import SceneInputs

SAMPLED = 8
"""Images that are made to see how long they take and how large they are."""


@dataclass(frozen=True)
class Estimate:
    """What the images of a build take, about.

    Attributes
    ----------
    seconds : float
        Of one worker, for an image.
    bytes : float
        Of all formats, for an image.
    fixed : float
        Bytes of what is there once, however many images there are.
    """

    seconds: float
    bytes: float
    fixed: float

    def size(self, images: int) -> int:
        """Return how many bytes so many images take."""
        return round(self.fixed + self.bytes * images)


def estimate_of(maker: ShardMaker, inputs: SceneInputs) -> Estimate:
    """Make some images, spread evenly over the splits, and write them in all formats."""
    begun = time.perf_counter()
    each = max(1, SAMPLED // len(inputs.pools))
    counts = {split: min(each, pool.images) for split, pool in inputs.pools.items()}
    shards = [
        Shard(split, 0, tuple(spread(inputs.pools[split].images, count)))
        for split, count in counts.items()
    ]
    for shard in shards:
        maker(shard)
    seconds = time.perf_counter() - begun
    images = _size(maker.context.folder)
    small = replace(maker, context=replace(maker.context, splits=counts))
    _finish(small, ())
    fixed = _size(maker.context.folder) - images
    _finish(small, shards)
    total, count = _size(maker.context.folder) - fixed, sum(counts.values())
    return Estimate(seconds / count, total / count, fixed)


def spread(total: int, count: int) -> list[int]:
    """Return so many of the first `total` numbers, spread evenly.

    Examples
    --------
    >>> spread(10, 3)
    [0, 3, 6]
    """
    return [total * number // count for number in range(count)]


def sampled_shards(inputs: SceneInputs, counts: Mapping[str, int]) -> Iterator[Shard]:
    """Schedule so many images of each split, spread evenly over it."""
    for split, count in counts.items():
        chosen = spread(inputs.pools[split].images, count)
        for number, start in enumerate(range(0, count, IMAGES_A_SHARD)):
            yield Shard(split, number, tuple(chosen[start : start + IMAGES_A_SHARD]))


def _finish(maker: ShardMaker, shards: Sequence[Shard]) -> None:
    """Let all formats write some images, and what they write of none."""
    made = {shard.split: read_shard(shard.record_file(maker.folder)).images for shard in shards}
    formats = make_formats(maker.context)
    for split in maker.context.splits:
        images = [decode_as(raw, MadeImage, what="") for raw in made.get(split, ())]
        for position, format in enumerate(formats):
            format.finish(split, _numbered(images, position))
    for format in formats:
        format.close()


def _numbered(images: Sequence[MadeImage], position: int) -> Iterator[Numbered[msgspec.Raw]]:
    following = 1
    for image_id, image in enumerate(images, start=1):
        ids = range(following, following + image.annotations)
        yield Numbered(image_id, ids, image.parts[position])
        following = ids.stop


def _size(folder: Path) -> int:
    """Return how many bytes there are below a folder; a file with two names counts once."""
    found = (path.stat() for path in folder.rglob("*") if path.is_file())
    return sum({(each.st_dev, each.st_ino): each.st_size for each in found}.values())
