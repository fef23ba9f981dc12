"""What there is to paste, and what is asked of each split."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.records import read_dataset
from cocosynth.config.config import Config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.urls import at
from cocosynth.foregrounds.bank import Bank
from cocosynth.scenes.sampling import Sampler, sampler_of
from cocosynth.scenes.sampling.asked import Asked, Goals, Stock, asked_of
from cocosynth.scenes.sampling.decks import tall_enough
from cocosynth.scenes.sampling.options import AREAS, VISIBLE, InstanceWeights, Occlusion
from cocosynth.scenes.sized import LARGEST
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.distractors import known_categories


@dataclass(frozen=True, eq=False)
class Supply:
    """All instances, and what the configuration says about them.

    Attributes
    ----------
    config : Config
    catalogue : Catalogue
    bank : Bank
    reach : ndarray of float
        Pixels of each instance where it is as large as it may become; empty without `sizes`.
    counted : mapping of str to Counter of str
        Annotations of real images that count for each split, by category.
    """

    config: Config
    catalogue: Catalogue
    bank: Bank
    reach: NDArray[np.float64]
    counted: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, config: Config, catalogue: Catalogue, bank: Bank, folder: Path) -> Supply:
        """Measure the instances as far as the goals need it, and count real annotations.

        Raises
        ------
        CocosynthError
            If a file of real annotations cannot be read.
        """
        counted = {}
        for split, name in config.counted_files().items():
            counted[split] = _annotations(at(folder, name))
        return cls(config, catalogue, bank, _reach(config, bank), counted)

    def of_split(self, split: str, feeds: Sequence[set[str]]) -> tuple[Stock, frozenset[str]]:
        """Return what a split has to paste, and the categories that it has an instance of."""
        entries = self.bank.entries
        instances = self._instances(split, feeds, distract=False)
        kept = {name: n for name, n in instances.items() if self.config.weights.get(name, 1) > 0}
        if self.config.sizes is not None:
            before = sum(map(len, kept.values()))
            kept = {name: tall_enough(n, self.reach, self._least) for name, n in kept.items()}
            if dropped := before - sum(map(len, kept.values())):
                self.catalogue.note(
                    "foregrounds",
                    f"{dropped} of {before} instances of {split} are not pasted: they are too "
                    "small for any of the `sizes` within limits.max_upscale",
                )
            kept = {name: numbers for name, numbers in kept.items() if len(numbers)}
        copies = _copies(self.config.instance_weights, self.bank)
        stock = Stock(kept, entries["photo"], self.reach, self._least, copies)
        return stock, frozenset(instances)

    def distractors(self, split: str, feeds: Sequence[set[str]]) -> Sampler | None:
        """Make what draws the distractors of a split; None where it has none."""
        if self.config.distractors is None:
            return None
        instances = self._instances(split, feeds, distract=True)
        if not instances:
            return None
        goals = Goals(self.config.distractors.per_image, None, "weights", {}, None, None, None)
        stock = Stock(instances, self.bank.entries["photo"], np.zeros(0), 1.0)
        key, scenes = (self.config.seed, f"{split} distractors"), self.config.splits[split]
        asked = asked_of(goals, stock, key=key, scenes=scenes, wanted=list(instances), counted={})
        return sampler_of(key, goals, stock, asked)[0]

    def why_nothing(self, split: str, there: frozenset[str]) -> str:
        """Say why nothing of the categories that a split has an instance of can be pasted."""
        if not there:
            return ""
        named, smallest = ", ".join(sorted(there)), math.ceil(max(AREAS["small"][0], self._least))
        if all(self.config.weights.get(name, 1) == 0 for name in there):
            return (
                f"all that the split {split!r} could paste has the weight 0 ({named}): give it a "
                "weight, add photographs of other categories, or set `share_sources: true` (the "
                "splits then leak)"
            )
        return (
            f"sizes: no instance of {split} ({named}) can have {smallest} pixels, the least "
            "of any size, within limits.max_upscale and half of the canvas: take a larger canvas "
            "or larger instances, raise limits.max_upscale, or lower limits.min_area"
        )

    def lost(self) -> str:
        """Say what became of the distractors of which nothing is left."""
        distractors = self.config.distractors.sources if self.config.distractors else ()
        sources = {source.name for source in distractors}
        rows = [row for row in self.catalogue.skipped.rows() if row.source in sources]
        return "".join(f"; {row.count} x {row.reason}" for row in rows)

    def _instances(
        self, split: str, feeds: Sequence[set[str]], *, distract: bool
    ) -> dict[str, NDArray[np.int64]]:
        """Return the numbers of the objects of a split, or of its distractors, by category."""
        entries = self.bank.entries
        here = np.array([split in photo_feeds for photo_feeds in feeds])
        distracts = np.zeros(len(self.bank), dtype=np.bool_)
        distracts[self.bank.distractors] = True
        usable = np.flatnonzero(here[entries["photo"]] & (distracts == distract))
        category_ids = entries["category_id"][usable]
        return {
            category.name: numbers
            for category in known_categories(self.catalogue)
            if len(numbers := usable[category_ids == category.id])
        }

    def sampler(self, split: str, stock: Stock) -> tuple[Sampler, Asked]:
        """Make the sampler of a split, and say what it is asked for.

        Raises
        ------
        CocosynthError
            If real images have all that a split is to add.
        """
        config, key = self.config, (self.config.seed, split)
        asked = asked_of(
            config.goals,
            stock,
            key=key,
            scenes=config.splits[split],
            wanted=[name for name in self.catalogue.pasted if config.weights.get(name, 1) > 0],
            counted=self.counted.get(split, {}),
        )
        if not asked.scenes:
            raise CocosynthError(
                f"balance.only_underrepresented: {split} lacks nothing that can be pasted: remove "
                f"it from `splits`, or raise min_instances{_reasons(asked)}"
            )
        sampler, asked = sampler_of(key, config.goals, stock, asked)
        return sampler, replace(asked, short=(*asked.short, *self._never_hidden(split)))

    def _never_hidden(self, split: str) -> Iterator[str]:
        """Say which of the occlusions asked for the limits do not allow."""
        occlusion, limits = self.config.occlusion, self.config.limits
        if occlusion is None:
            return
        shares: dict[Occlusion, float] = {"partial": occlusion.partial, "heavy": occlusion.heavy}
        if not limits.max_overlap and any(shares.values()):
            yield (
                f"occlusion: no object of {split} may hide another one with "
                "limits.max_overlap: 0; raise it, to 0.7 for `heavy`"
            )
        for name, share in shares.items():
            if share and limits.min_visibility >= VISIBLE[name][1]:
                yield (
                    f"occlusion: no object of {split} can be `{name}` with "
                    f"limits.min_visibility: {limits.min_visibility:g}; lower it below "
                    f"{VISIBLE[name][1]:g}"
                )

    @property
    def _least(self) -> float:
        return float(max(1, self.config.limits.min_area))


def _reasons(asked: Asked) -> str:
    return f"; {'; '.join(asked.short)}" if asked.short else ""


def _copies(weights: InstanceWeights | None, bank: Bank) -> NDArray[np.int64] | None:
    """Return how often each instance is in its deck."""
    if weights is None or not len(bank):
        return None
    if weights == "wholeness":
        copies = np.rint(4 * bank.entries["whole"].astype(np.float64))
        return np.clip(copies, 1, 4).astype(np.int64)
    sides = np.sqrt(bank.entries["height"].astype(np.float64) * bank.entries["width"])
    return np.clip(np.rint(2 * sides / np.median(sides)), 1, 8).astype(np.int64)


def _annotations(path: Path) -> Counter[str]:
    """Count the annotations of each category of a COCO file, but for crowds."""
    dataset = read_dataset(str(path))
    names = {category.id: category.name for category in dataset.categories}
    shown = [one.category_id for one in dataset.annotations if not one.iscrowd]
    return Counter(names[number] for number in shown if number in names)


def _reach(config: Config, bank: Bank) -> NDArray[np.float64]:
    """Return how many pixels each instance can have."""
    if config.sizes is None:
        return np.zeros(0)
    reach = bank.entries["area"].astype(np.float64) * config.limits.max_upscale**2
    if config.canvas != "background":
        reach = np.minimum(reach, LARGEST * config.canvas.height * config.canvas.width)
    return reach
