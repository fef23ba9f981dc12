"""What an image shows that its annotations do not tell: distractors without a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

from msgspec import UNSET

from cocosynth.coco.layout import scenes_beside
from cocosynth.core.errors import one_line
from cocosynth.export.scenes import SceneLine, read_scenes


def unlabelled(scene: SceneLine) -> list[str]:
    """Return the names of the distractors of a scene that have no label, from back to front."""
    return [
        placed.distractor or "distractor"
        for placed in scene.placements
        if placed.annotation_id is UNSET
    ]


def remark_of(names: Sequence[str]) -> str:
    """Name distractors without a label; say nothing where there is none.

    Examples
    --------
    >>> remark_of(["leaf", "cup", "leaf"])
    'without a label: leaf (2), cup'
    >>> remark_of([])
    ''
    """
    counts = Counter(map(one_line, names))
    said = [f"{name} ({count})" if count > 1 else name for name, count in counts.items()]
    return f"without a label: {', '.join(said)}" if said else ""


def remarks_of(annotation_file: Path, image_ids: Collection[int]) -> dict[int, str]:
    """Return what to say of some images of a file, by id; of a dataset of others nothing."""
    scenes = scenes_beside(annotation_file)
    if scenes is None:
        return {}
    wanted = (scene for scene in read_scenes(scenes) if scene.image_id in image_ids)
    first = islice(wanted, len(image_ids))  # the file is not read to its end where they stand first
    return {scene.image_id: remark_of(unlabelled(scene)) for scene in first}
