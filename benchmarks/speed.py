"""The main figures: builds against the floor and against the tutorial's way."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.build import build_apart, run_python
from benchmarks.clock import Cost, Line, interleaved, line, ratio, spread, whole
from benchmarks.floor import floor, floor_of_two, two_processes
from benchmarks.inputs import Inputs
from benchmarks.tutorial import Tutorial

FLOOR, FLOOR_OF_TWO = "floor", "floor, 2 processes"
BUILD, BUILD_OF_TWO = "build, 1 worker", "build, 2 workers"
REPEATED = "build, 1 worker, backgrounds repeat"
COMMAND = "the whole command, 2 workers"
TUTORIAL = "tutorial's way"
LOOK, LOOK_FLOOR = "the whole command, a first look", "floor, 2 processes, a first look"
FIRST_LOOK = 120  # images


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return the rows of the main table, and what is aimed at about several of them."""
    with two_processes() as pool:
        tasks = _tasks(inputs, pool)
        for name in (FLOOR, BUILD_OF_TWO, TUTORIAL):  # once for nothing: modules, files, caches
            tasks[name](1)
        few, many, slow = inputs.sizes.few, inputs.sizes.many, inputs.sizes.tutorial
        runs: dict[str, Callable[[], Line]] = {
            name: partial(line, task, few, many)
            for name, task in tasks.items()
            if name not in (TUTORIAL, COMMAND)
        }
        runs[TUTORIAL] = lambda: whole(tasks[TUTORIAL], slow)
        runs[COMMAND] = lambda: whole(tasks[COMMAND], many)
        look = min(FIRST_LOOK, many)
        runs[LOOK] = lambda: whole(tasks[COMMAND], look)
        runs[LOOK_FLOOR] = lambda: whole(tasks[FLOOR_OF_TWO], look)
        if look == many:  # they would be the same runs
            del runs[LOOK], runs[LOOK_FLOOR]
        seen = interleaved(runs, rounds=inputs.sizes.rounds)
        seen.setdefault(LOOK, seen[COMMAND])
        seen.setdefault(LOOK_FLOOR, seen[FLOOR_OF_TWO])
        helps = interleaved({"help": _help}, rounds=inputs.sizes.rounds)["help"]
    return {
        "images": many,
        "repeated_backgrounds": inputs.sizes.repeated,
        "first_look": min(FIRST_LOOK, many),
        "rows": {name: _row(name, seen) for name in seen if name not in (LOOK, LOOK_FLOOR)},
        "compared": _compared(seen),
        "help_cpu_s": spread(shown for shown, _ in helps),
        "help_to_python": ratio(*zip(*helps, strict=True)),
    }


def _tasks(inputs: Inputs, pool: Any) -> dict[str, Callable[[int], Cost]]:
    frames = inputs.frames(inputs.sizes.many)
    repeated = inputs.frames(inputs.sizes.repeated, name="repeated")
    objects = inputs.foreground()
    tutorial = Tutorial(objects["coco"], objects["images"], objects["area_range"])

    def build(images: int, *, workers: int = 1, backgrounds: Any = frames) -> Cost:
        config = inputs.config(images, backgrounds)
        return build_apart(config, inputs.fresh(), workers=workers).cost

    def command(images: int) -> Cost:
        config, out = inputs.config(images, frames, report=True), inputs.fresh()
        options = ("--out", out, "--workers", 2, "--quiet")
        wall, _ = run_python("-m", "cocosynth", "build", config, *options)
        shutil.rmtree(out)
        return Cost(0, wall)

    return {
        FLOOR: lambda images: floor(frames[:images], inputs.fresh()),
        FLOOR_OF_TWO: lambda images: floor_of_two(pool, frames[:images], inputs.fresh()),
        BUILD: build,
        BUILD_OF_TWO: lambda images: build(images, workers=2),
        REPEATED: lambda images: build(images, backgrounds=repeated),
        COMMAND: command,
        TUTORIAL: lambda images: tutorial.compose(frames[:images], inputs.fresh()),
    }


def _row(name: str, seen: dict[str, list[Line]]) -> dict[str, Any]:
    own, floors, tutorials = seen[name], seen[FLOOR], seen[TUTORIAL]
    row: dict[str, Any] = {
        "images_per_s": spread(1 / run.image.wall for run in own),
        "floor_wall": ratio(_walls(own), _walls(floors)),
        "tutorial_wall": ratio(_walls(tutorials), _walls(own)),
    }
    if name != COMMAND:
        row["cpu_ms"] = spread(1e3 * cpu for cpu in _cpus(own))
        row["floor_cpu"] = ratio(_cpus(own), _cpus(floors))
        row["tutorial_cpu"] = ratio(_cpus(tutorials), _cpus(own))
    if name.startswith("build"):
        row["start_s"] = spread(run.start.wall for run in own)
    return row


def _compared(seen: dict[str, list[Line]]) -> dict[str, Any]:
    return {
        "command_to_floor_of_two": ratio(
            (run.total.wall for run in seen[COMMAND]),
            (run.total.wall for run in seen[FLOOR_OF_TWO]),
        ),
        "first_look_to_floor_of_two": ratio(
            (run.total.wall for run in seen[LOOK]), (run.total.wall for run in seen[LOOK_FLOOR])
        ),
        "second_worker": ratio(_walls(seen[BUILD]), _walls(seen[BUILD_OF_TWO])),
        "second_floor": ratio(_walls(seen[FLOOR]), _walls(seen[FLOOR_OF_TWO])),
    }


def _cpus(runs: list[Line]) -> list[float]:
    return [run.image.cpu for run in runs]


def _walls(runs: list[Line]) -> list[float]:
    return [run.image.wall for run in runs]


def _help() -> tuple[float, float]:
    """Return the CPU seconds of ``--help``, and those of starting Python for nothing."""
    return _child("-m", "cocosynth", "--help"), _child("-c", "pass")


def _child(*words: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run_python(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
