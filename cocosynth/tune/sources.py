"""The sources of a configuration, read once for all configurations that cut out the same."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.config.config import Config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor
from cocosynth.core.progress import Progress
from cocosynth.core.values import Rgba
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cutter import Batches, Cutter, bank_of
from cocosynth.foregrounds.late_bank import late_bank
from cocosynth.labels.background_store import BackgroundStore, store_backgrounds
from cocosynth.pipeline.extract import reasons
from cocosynth.pipeline.health import photographs_of
from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.survey import survey
from cocosynth.sources.value_ranges import find_value_ranges
from cocosynth.tune.bank import Kept
from cocosynth.tune.photographs import Photographs


@dataclass(frozen=True, eq=False)
class Sources:
    """What was read and cut out.

    Attributes
    ----------
    catalogue : Catalogue
    bank : Bank
        Instances as they were cut out, ready for no blend mode.
    backgrounds : BackgroundStore
    photographs : ndarray of int
        Which photograph shows each instance.
    kept : Kept
    pixels : Photographs
    """

    catalogue: Catalogue
    bank: Bank
    backgrounds: BackgroundStore
    photographs: NDArray[np.int64]
    kept: Kept = field(default_factory=Kept)
    pixels: Photographs = field(default_factory=Photographs)


def sources_key(config: Config) -> bytes:
    """Return the parts of a configuration that decide what is read and cut out."""
    return msgspec.json.encode(
        [
            config.foregrounds,
            config.backgrounds,
            config.licenses,
            config.lookalikes,
            config.on_bad_input,
            config.export.category_ids,
            config.instance_weights == "wholeness",  # which is measured only where it is asked for
        ]
    )


def read_sources(config: Config, folder: Path, run: Executor, progress: Progress) -> Sources:
    """Read what the configuration names; instances are cut out when a picture tries them.

    They are kept in a folder that goes with the result.

    Raises
    ------
    CocosynthError
        If a source cannot be read, or holds nothing that can be used.
    """
    plain = msgspec.structs.replace(config, category_weights={})  # they may change from now on
    catalogue = survey(plain, folder)
    find_value_ranges(config, catalogue, run, progress)
    work = Path(tempfile.mkdtemp(prefix="cocosynth-tune-"))
    cutter = Cutter.of(catalogue, [_as_it_is], work)
    wholeness = config.instance_weights == "wholeness"
    looking = replace(
        cutter, shapes_only=True, survey=replace(cutter.survey, measure_whole=wholeness)
    )
    work_of = Batches(catalogue)
    total = len(work_of.photos)
    title = "looking at instances"
    answers = progress(title, run(looking, work_of), total, lambda answer: answer.photos)
    surveyed = bank_of(catalogue, answers, work)
    if not len(surveyed.entries):
        raise CocosynthError(f"no foreground can be used{reasons(catalogue, 'background')}")
    bank = late_bank(surveyed, catalogue, cutter, work / "late")
    backgrounds = store_backgrounds(work / "backgrounds", catalogue.backgrounds)
    sources = Sources(catalogue, bank, backgrounds, photographs_of(bank, catalogue))
    weakref.finalize(sources, shutil.rmtree, work, ignore_errors=True)
    return sources


def _as_it_is(rgba: Rgba) -> Rgba:
    return rgba
