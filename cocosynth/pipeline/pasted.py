"""The categories that a build pastes, whether or not an image shows them in the end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cocosynth.config.config import Config
from cocosynth.core.values import Category
from cocosynth.foregrounds.bank import Bank


def pasted_categories(config: Config, categories: Sequence[Category], bank: Bank) -> set[int]:
    """Return the ids of the categories that have an instance and may be drawn.

    Parameters
    ----------
    config : Config
    categories : sequence of Category
        All that the sources name.
    bank : Bank
    """
    if not config.pastes:
        return set()
    weights = {c.id: config.weights.get(c.name, 1) for c in categories}
    there = np.unique(bank.entries["category_id"]).tolist()
    return {number for number in there if weights.get(number, 0) > 0}
