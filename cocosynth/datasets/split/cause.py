"""Why parts have other fractions of the images than were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cocosynth.coco.raw_records import ImageKeys


@dataclass(frozen=True)
class Cause:
    """The largest group of a part that got more images than it was to have.

    Attributes
    ----------
    part : str
    group : str
        The value that its images share, or else the file name of its first image.
    images : int
        How many stay together.
    """

    part: str
    group: str
    images: int


def cause_of(
    part_of: Sequence[str],
    groups: Sequence[Hashable],
    parts: Mapping[str, Fraction],
    images: Sequence[ImageKeys] | None,
) -> Cause | None:
    """Find the group that is to blame where a part has more images than it was to have.

    Parameters
    ----------
    part_of : sequence of str
        The part of each image.
    groups : sequence
        The group of each image.
    parts : mapping of str to Fraction
    images : sequence of ImageKeys or None
        Where a group has no name of its own: it gets that of its first image.
    """
    over = {name: part_of.count(name) - share * len(part_of) for name, share in parts.items()}
    part = max(over, key=lambda name: over[name])
    sizes = Counter(group for name, group in zip(part_of, groups, strict=True) if name == part)
    group, size = sizes.most_common(1)[0]
    if over[part] < 1 or size == 1:
        return None
    return Cause(part, images[groups.index(group)].file_name if images else str(group), size)
