"""The categories of a dataset: what its sources bring, whether or not an image shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cocosynth.config.config import Config
from cocosynth.core.values import Category
from cocosynth.export.categories import written_categories
from cocosynth.export.context import ExportContext
from cocosynth.foregrounds.bank import Bank
from cocosynth.sources.catalogue import Catalogue


def settled(
    config: Config, context: ExportContext, catalogue: Catalogue, bank: Bank
) -> ExportContext:
    """Return what exporters are handed, with the categories that are written, and their ids.

    They are those that are pasted or that backgrounds bring: the same however many images are made,
    by a build and while a network trains.
    """
    used = {number for one in catalogue.backgrounds for number in one.category_ids}
    used |= pasted_categories(config, catalogue.categories, bank)
    categories, ids = written_categories(catalogue.categories, used, config.export)
    return replace(context, categories=categories, category_ids=ids)


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
