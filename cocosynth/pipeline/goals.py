"""What was asked for, and what the images hold of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cocosynth.core.locks import Note
from cocosynth.core.values import Category
from cocosynth.export.health import GoalRow, Warned
from cocosynth.pipeline.tally import Tally
from cocosynth.scenes.inputs import Pool, SceneInputs
from cocosynth.scenes.sampling.asked import AskedRow, Goal

TOLERANCE: dict[Goal, float] = {"sizes": 0.02, "occlusion": 0.05}
"""Of all objects: by how much a share may be off before a warning says so; others are exact."""

_WHY: dict[Goal, str] = {
    "empty_images": "in some images nothing fitted",
    "objects_per_image": "some fitted nowhere",
    "balance": "some fitted nowhere",
    "sizes": "some fitted in no place at their size, and became another",
    "occlusion": "others found no place that hides so much and no more",
}
_HELP = "see placement, limits, augment, tries"


def say_what_cannot_be(inputs: SceneInputs, note: Note) -> None:
    """Say before the work what of the goals no image can reach, why, and what would help."""
    for pool in inputs.pools.values():
        for text in pool.asked.short:
            note(text)


def goals_of(
    inputs: SceneInputs, tallies: Mapping[str, Tally], categories: tuple[Category, ...]
) -> list[GoalRow]:
    """Return each goal that the configuration names, asked and got, split by split.

    Where fewer images are made than the split has, what is asked is their part of it.
    """
    ids = {category.name: category.id for category in categories}
    rows = []
    for split, pool in inputs.pools.items():
        part = pool.images / pool.asked.scenes
        for row in pool.asked.rows:
            got = _got(row, tallies[split], ids)
            rows.append(GoalRow(row.goal, split, row.name, round(row.count * part), got))
    return rows


def missed(rows: list[GoalRow], pools: Mapping[str, Pool]) -> Iterator[Warned]:
    """Report goals that were not reached, and why; only a whole split can reach them."""
    objects = {row.split: row.got for row in rows if row.goal == "objects_per_image"}
    for row in rows:
        off, pool = row.asked - row.got, pools[row.split]
        if row.goal in TOLERANCE:
            wrong = abs(off) > max(1, TOLERANCE[row.goal] * objects.get(row.split, 0))
        elif row.goal == "empty_images":
            wrong = off != 0
        else:
            wrong = off > 0
        if wrong and pool.images == pool.asked.scenes * pool.siblings:
            known = [text for text in pool.asked.short if text.startswith(row.goal)]
            why = "; ".join(known) or f"{_WHY[row.goal]}: {_HELP}"
            text = f"{row.split}: {row.goal} {row.name}: asked {row.asked}, got {row.got}: {why}"
            names = (row.name,) if row.goal == "balance" else ()
            yield Warned("goal-missed", text, abs(off), row.asked, names)


def _got(row: AskedRow, tally: Tally, ids: Mapping[str, int]) -> int:
    match row.goal:
        case "empty_images":
            return tally.empty
        case "objects_per_image":
            return tally.sizes.total()
        case "balance":
            return tally.pasted[ids[row.name]] - tally.distractors[row.name]
        case "sizes":
            return tally.sizes[row.name]
        case "occlusion":
            return tally.occlusions[row.name]
