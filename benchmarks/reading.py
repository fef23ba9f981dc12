"""Reading and checking a COCO file the size of train2017, next to pycocotools reading it.

    python -m benchmarks.reading pycocotools large.json

Each reading is done in a process of its own, so that peaks of memory do not add up.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import big_coco
from benchmarks.build import run_python
from benchmarks.clock import interleaved, now, ratio, spread
from benchmarks.inputs import Inputs
from benchmarks.memory import usage

PYCOCOTOOLS, BUILD, VALIDATE = "pycocotools", "cocosynth build", "cocosynth validate"


def measure(inputs: Inputs) -> dict[str, Any]:
    path = inputs.work / "large.json"
    big_coco.write(path, inputs.sizes.annotations)
    runs: dict[str, Callable[[], dict[str, float]]] = {
        name: partial(_read_apart, name, path) for name in READERS
    }
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    path.unlink()
    rows = [
        {
            "reader": name,
            "wall_s": spread(run["wall"] for run in seen[name]),
            "peak_mb": spread(run["peak_mb"] for run in seen[name]),
            "faster": ratio(*([run["cpu"] for run in seen[of]] for of in (PYCOCOTOOLS, name))),
            "memory": ratio(*([run["peak_mb"] for run in seen[of]] for of in (name, PYCOCOTOOLS))),
        }
        for name in READERS
    ]
    return {"annotations": inputs.sizes.annotations, "rows": rows}


def _read_apart(name: str, path: Path) -> dict[str, float]:
    return json.loads(run_python("-m", "benchmarks.reading", name, path)[1])


def _pycocotools() -> Callable[[str], Any]:
    from pycocotools.coco import COCO

    return COCO


def _read_dataset() -> Callable[[str], Any]:
    from cocosynth.coco.records import read_dataset

    return read_dataset


def _validate() -> Callable[[str], Any]:
    from cocosynth.check.validate import validate

    return lambda path: validate(path, level="references")


READERS: dict[str, Callable[[], Callable[[str], Any]]] = {
    PYCOCOTOOLS: _pycocotools,
    BUILD: _read_dataset,
    VALIDATE: _validate,
}


def main() -> None:
    name, path = sys.argv[1:]
    read = READERS[name]()
    start = now()
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells how long it takes
        kept = read(path)
    cost = now() - start
    print(json.dumps({"cpu": cost.cpu, "wall": cost.wall, "peak_mb": usage().peak}))
    del kept


if __name__ == "__main__":
    main()
