"""One person tuning one configuration: from the values of the page to pictures."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from cocosynth.check.draw import color_of, in_page
from cocosynth.config.config import Config
from cocosynth.core.errors import CocosynthError
from cocosynth.core.executors import Executor, Serial
from cocosynth.core.progress import Progress, silent
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import Skipped
from cocosynth.export.context import ExportContext
from cocosynth.export.scenes import ScenesExporter
from cocosynth.pipeline.health import health_of
from cocosynth.pipeline.set_up import set_up
from cocosynth.pipeline.tally import Tally
from cocosynth.pipeline.techniques import modes_of
from cocosynth.render.blend import keeps_matte
from cocosynth.render.blend.choose import preparations_of
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.sources.survey import refuse_unusable_weights
from cocosynth.tune.bank import LazyBank, Way
from cocosynth.tune.fault import fault_of
from cocosynth.tune.opened import Opened
from cocosynth.tune.photographs import RememberingComposer
from cocosynth.tune.picture import Shown, picture_of
from cocosynth.tune.sources import Sources, read_sources, sources_key

MOST_SCENES = 48
"""In a grid."""

_KEPT_SOURCES = 3
_KEPT_MAKERS = 8


@dataclass(frozen=True, eq=False)
class Maker:
    """What makes the images of one configuration."""

    config: Config
    sources: Sources
    inputs: SceneInputs
    compose: RememberingComposer

    def context(self) -> ExportContext:
        catalogue = self.sources.catalogue
        return self.config.export_context(categories=catalogue.categories, photos=catalogue.photos)

    def shown(self, *, full: bool) -> Shown:
        named = {category.id: category for category in self.sources.catalogue.categories}
        return Shown(self.config.export, named, full)


class Session:
    """Composes scenes of whatever configuration the page asks for; sources are read once.

    Parameters
    ----------
    opened : Opened
    workers : int
        Threads that compose.
    """

    def __init__(self, opened: Opened, *, workers: int = 2) -> None:
        self.opened = opened
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="compose")
        self._lock = threading.Lock()
        self._sources: OrderedDict[bytes, Sources] = OrderedDict()
        self._makers: OrderedDict[bytes, Maker] = OrderedDict()
        self._latest: dict[str, int] = {}

    def maker(
        self, values: dict[str, Any], run: Executor | None = None, progress: Progress = silent
    ) -> Maker:
        """Return what makes the images of a configuration.

        Raises
        ------
        CocosynthError
            If it is not valid, or its sources cannot make these images.
        """
        made = self._maker(values, run or Serial(), progress, lambda: False)
        assert made is not None
        return made

    def _maker(
        self, values: dict[str, Any], run: Executor, progress: Progress, is_old: Callable[[], bool]
    ) -> Maker | None:
        """Return what makes the images; None where nobody waits for it any more."""
        config = self.opened.config(values).config
        key = msgspec.json.encode(config)
        with self._lock:
            found = _recent(self._makers, key)
            if found is None:
                if is_old():  # while another request had the sources read
                    return None
                sources = self._read(config, run, progress)
                found = self._makers[key] = _made(config, sources, self.opened.folder)
                _shortened(self._makers, _KEPT_MAKERS)
        return found

    def _read(self, config: Config, run: Executor, progress: Progress) -> Sources:
        key = sources_key(config)
        found = _recent(self._sources, key)
        if found is None:
            found = self._sources[key] = read_sources(config, self.opened.folder, run, progress)
            _shortened(self._sources, _KEPT_SOURCES)
        return found

    def render(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what the page shows for some values: the configuration, each scene, the health.

        A request with a later number from the same page ends this one.

        Parameters
        ----------
        request : dict
            ``values``, ``page`` and ``number`` of the request, ``split``, ``first`` and ``count``
            of the images.
        """
        page, number = str(request.get("page", "")), int(request.get("number", 0))
        self._latest[page] = max(number, self._latest.get(page, 0))
        started = time.perf_counter()

        def is_old() -> bool:
            return self._latest.get(page, 0) > number

        try:
            maker = self._maker(request["values"], Serial(), silent, is_old)
            if maker is None:
                return
            split, indices = _asked(maker.config, request)
            yield _settings(maker, split)
            tally = Tally()
            futures = self._submitted(maker, split, indices, is_old)
            for index, future in zip(indices, futures, strict=True):
                made = future.result()
                if made is None:
                    return
                sample, picture = made
                tally.count(sample)
                yield {**picture, "milliseconds": _since(started), "index": index}
            yield {
                "kind": "end",
                "milliseconds": _since(started),
                "health": _health(maker, split, tally, len(indices)),
            }
        except CocosynthError as error:
            yield {"kind": "error", **fault_of(str(error))}
        except Exception as error:  # our own fault: the page says that much, the terminal all
            yield {"kind": "error", "address": "", "text": f"{type(error).__name__}: {error}"}
            raise

    def _submitted(
        self, maker: Maker, split: str, indices: range, is_old: Callable[[], bool]
    ) -> list[Future[tuple[Sample, dict[str, Any]] | None]]:
        shown = maker.shown(full=False)

        def make(index: int) -> tuple[Sample, dict[str, Any]] | None:
            if is_old():
                return None
            sample = maker.compose(split, index, Skipped())
            return sample, picture_of(sample, index, shown)

        return [self._pool.submit(make, index) for index in indices]

    def scene(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return one image in full size, as a build writes it, and its line in ``scenes``."""
        maker = self.maker(request["values"])
        split, (index, *_) = _asked(maker.config, {**request, "count": 1})
        sample = maker.compose(split, index, Skipped())
        line = ScenesExporter(maker.context()).write(sample)
        return {
            **picture_of(sample, index, maker.shown(full=True)),
            "scene": msgspec.to_builtins(line, str_keys=True),
        }

    def save(self, request: dict[str, Any]) -> dict[str, Any]:
        """Write the values to a file; return where to, the command that builds it, and its text."""
        with self._lock:
            opened, name = self.opened, str(request.get("name", ""))
            path = opened.save(request["values"], name, replace=request.get("replace") is True)
            text = (opened.text or b"").decode()
            return {"path": str(path), "command": opened.command(), "text": text}

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _made(config: Config, sources: Sources, folder: Path) -> Maker:
    refuse_unusable_weights(config, sources.catalogue)
    modes = modes_of(config)
    ways: dict[str, Way] = {}
    for mode in modes:
        key = str(mode.preparation)
        ways.setdefault(key, Way(key, mode.mode.prepare, keeps_matte(mode.mode)))
    assert len(ways) == len(preparations_of(modes))  # in the same order
    bank = LazyBank.of(sources.bank, list(ways.values()), sources.kept)
    setup = set_up(config, sources.catalogue, bank, sources.backgrounds, folder)
    return Maker(config, sources, setup.inputs, RememberingComposer(setup, sources.pixels))


def _asked(config: Config, request: dict[str, Any]) -> tuple[str, range]:
    """Return the split and the images that a request is about."""
    counts = {split: count for split, count in config.images.items() if count}
    split = request.get("split")
    split = split if split in counts else next(iter(counts))
    count = min(MOST_SCENES, max(1, int(request.get("count", 12))), counts[split])
    first = min(max(0, int(request.get("first", 0))), counts[split] - count)
    return split, range(first, first + count)


def _settings(maker: Maker, split: str) -> dict[str, Any]:
    config = maker.config
    effective = msgspec.to_builtins(config, str_keys=True)
    for source in (*effective["foregrounds"], *effective["backgrounds"]):
        del source["kind"]
    catalogue = maker.sources.catalogue
    return {
        "kind": "settings",
        "effective": effective,
        "split": split,
        "splits": {name: count for name, count in config.images.items() if count},
        "categories": list(catalogue.pasted),
        "colors": {
            category.name: in_page(color_of(i, len(catalogue.categories)))
            for i, category in enumerate(catalogue.categories)
        },
    }


def _health(maker: Maker, split: str, tally: Tally, count: int) -> dict[str, Any]:
    """Return the health check of the images shown, and what of the sources is skipped."""
    config = msgspec.structs.replace(maker.config, splits={split: count}, variants=())
    catalogue, photographs = maker.sources.catalogue, maker.sources.photographs
    pool = replace(maker.inputs.pools[split], images=count)
    inputs = replace(maker.inputs, pools={split: pool})
    health = health_of(config, catalogue, inputs, photographs, {split: tally})
    if count < maker.config.images[split]:  # a part of a split need not hold what all of it will
        kept = [one for one in health.warnings if one.rule != "goal-missed"]
        health = msgspec.structs.replace(health, warnings=kept)
    return {
        **msgspec.to_builtins(health, str_keys=True),
        "skipped": [str(row) for row in catalogue.skipped.rows()],
        "notes": [str(note) for note in catalogue.notes],
    }


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _recent(kept: OrderedDict[bytes, Any], key: bytes) -> Any:
    if key in kept:
        kept.move_to_end(key)
    return kept.get(key)


def _shortened(kept: OrderedDict[bytes, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
