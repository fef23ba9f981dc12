"""Where the time of a build goes, stage by stage.

    python -m benchmarks.stages cocosynth.yaml out

The functions of a stage are replaced, wherever they were imported, by ones that time themselves.
What one of them spends in another stage is counted there, but for the stages that are told as a
whole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.build import run_python
from benchmarks.clock import interleaved, now, ratio, spread
from benchmarks.floor import floor
from benchmarks.inputs import Inputs
from cocosynth.config.file import load_config
from cocosynth.core.executors.tuning import tune
from cocosynth.pipeline.build import build
from cocosynth.render.blend import BLEND_MODES

_CALLS = [
    f"{mode.__module__.removeprefix('cocosynth.')}:{mode.__name__}.__call__"
    for mode in BLEND_MODES.values()
]
ONCE = {
    "read dataset": ["sources.survey:survey"],
    "build bank": ["foregrounds.cutter:Cutter.__call__"],
    "preview": ["pipeline.checked:Preview.__call__"],
}
EACH = {
    "plan": ["scenes.background:plan_background", "scenes.plan:plan"],
    "decode": ["core.images:read_reduced"],
    "warp": ["foregrounds.warp:warp"],
    "blend": ["render.render:render", *_CALLS],
    "labels": [
        "labels.background_layers:background_layers",
        "labels.label_image:LabelImage.paste",
        "labels.annotate:annotate",
    ],
    "RLE": ["coco.rle:encode"],
    "encode": ["core.images:encode_bgr"],
    "write": ["core.files:write_atomic"],
    "JSON": ["export.coco:CocoExporter.finish", "export.scenes:ScenesExporter.finish"],
    "validate": ["check.validate.validate:validate"],
    "hash sources": ["core.watched:Watched.__init__"],
}
REST = "rest"
_WHOLE = {*ONCE, "JSON", "validate"}


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return the cost of each stage: of those done for every image, an image."""
    images = inputs.sizes.growth_many
    frames = inputs.frames(images)

    def stages() -> dict[str, float]:
        config = inputs.config(images, frames)
        return json.loads(run_python("-m", "benchmarks.stages", config, inputs.fresh())[1])

    runs = {
        "floor": lambda: {"cpu": floor(frames, inputs.fresh()).cpu},
        "stages": stages,
    }
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    floors = [run["cpu"] / images for run in seen["floor"]]
    return {
        "images": images,
        "once": [
            {"stage": name, "cpu_s": spread(run[name] for run in seen["stages"])} for name in ONCE
        ],
        "each": [
            {
                "stage": name,
                "cpu_ms": spread(1e3 * run[name] / images for run in seen["stages"]),
                "floor_cpu": ratio((run[name] / images for run in seen["stages"]), floors),
            }
            for name in (*EACH, REST)
        ],
    }


class _Clock:
    """Counts the CPU seconds of each stage, without those of the stages inside of it."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._open: list[str] = [REST]
        self._since = now().cpu

    def _switch(self) -> None:
        moment = now().cpu
        self.spent[self._open[-1]] += moment - self._since
        self._since = moment

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            if self._open[-1] in _WHOLE:
                return function(*args, **options)
            self._switch()
            self._open.append(stage)
            try:
                return function(*args, **options)
            finally:
                self._switch()
                self._open.pop()

        return timed

    def finish(self) -> dict[str, float]:
        self._switch()
        return {stage: self.spent[stage] for stage in (*ONCE, *EACH, REST)}


def _install(clock: _Clock) -> None:
    for stage, names in (ONCE | EACH).items():
        for name in names:
            module, _, path = name.partition(":")
            owner = importlib.import_module(f"cocosynth.{module}")
            *classes, last = path.split(".")
            for part in classes:
                owner = getattr(owner, part)
            function = getattr(owner, last)
            for place in [owner] if classes else _holders(function):
                setattr(place, last, clock.timed(stage, function))


def _holders(function: Any) -> Iterator[Any]:
    """Yield the modules that have imported a function under its name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("cocosynth") and vars(module).get(function.__name__) is function:
            yield module


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    tune()
    config = load_config(options.config)
    clock = _Clock()
    _install(clock)
    build(config, options.out, folder=options.config.parent)
    print(json.dumps(clock.finish()))


if __name__ == "__main__":
    main()
