"""What a build made, for whoever asked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cocosynth.config.config import Config
from cocosynth.core import notes as remarks
from cocosynth.core.skipped import Skipped
from cocosynth.export.health import Health
from cocosynth.foregrounds.bank import Wholeness
from cocosynth.pipeline.tally import Tally
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.catalogue import Catalogue

if TYPE_CHECKING:
    from cocosynth.core.storage.traffic import Traffic


@dataclass(frozen=True)
class Summary:
    """What a build made.

    Attributes
    ----------
    images : dict of str to int
        By split.
    instances : dict of str to Counter of str
        Annotations of each category, by split.
    skipped : Skipped
        What was not used, and why.
    missing : dict of str to list of str
        Categories that a split has no instance of to paste, by split.
    notes : list of Note
        What is worth knowing of the sources, though nothing was skipped for it.
    health : Health
        Where the annotations of each category come from, and what may hurt training.
    wholeness : Wholeness
        How many of the instances to be pasted are not whole.
    distractors : dict of str to Counter of str
        Distractors pasted, labelled or not, of each category, by split.
    traffic : Traffic or None
        What was read and written over the network; None where nothing was.
    """

    images: dict[str, int]
    instances: dict[str, Counter[str]]
    skipped: Skipped
    missing: dict[str, list[str]]
    notes: list[remarks.Note]
    health: Health
    wholeness: Wholeness
    distractors: dict[str, Counter[str]] = field(default_factory=dict)
    traffic: Traffic | None = None


def summarize(
    config: Config,
    catalogue: Catalogue,
    inputs: SceneInputs,
    tallies: Mapping[str, Tally],
    health: Health,
) -> Summary:
    """Sum up a build that is done."""
    names = {category.id: category.name for category in catalogue.categories}
    pasted = [name for name in catalogue.pasted if config.weights.get(name, 1) > 0]
    missing = {}
    for split, pool in inputs.pools.items():
        there = pool.categories
        missing[split] = [name for name in pasted if name not in there]
    return Summary(
        images=inputs.images(config.splits),
        instances={
            split: Counter({names[n]: count for n, count in tally.categories.items()})
            for split, tally in tallies.items()
        },
        skipped=catalogue.skipped,
        missing=missing,
        notes=catalogue.notes,
        health=health,
        wholeness=inputs.bank.wholeness,
        distractors={split: tally.distractors for split, tally in tallies.items()},
    )
