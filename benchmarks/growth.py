"""What happens when something grows: objects, images, the bank, the canvas."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.build import Built, build_apart, composed
from benchmarks.clock import Cost, Line, interleaved, line, ratio, spread
from benchmarks.floor import floor
from benchmarks.inputs import CONFIG, INSTANCES_A_PHOTO, Inputs, source
from cocosynth.config.kinds import KINDS
from cocosynth.core.executors import Processes
from cocosynth.foregrounds.matting import MATTES
from cocosynth.pipeline.extract import extract
from cocosynth.render.blend import BLEND

CANVAS_OBJECTS = (3, 30)
SMALL = {"COCO": (1024, 8192), "sample_data": (1024, 30_000)}  # pixels: many of them find room


def objects(inputs: Inputs) -> dict[str, Any]:
    """Paste more and more objects into an image."""
    frames = inputs.frames(inputs.sizes.growth_many)
    counts = inputs.sizes.objects
    pasted: dict[int, tuple[float, float]] = {}

    def task(count: int) -> Callable[[int], Cost]:
        def count_pasted(out: Path) -> None:
            pasted[count] = _pasted(out)

        def cost(images: int) -> Cost:
            changes = {
                "objects_per_image": [count, count],
                "foregrounds": [inputs.foreground(area_range=SMALL[source()[0]])],
            }
            config = inputs.config(images, frames, **changes)
            return build_apart(config, inputs.fresh(), look=count_pasted).cost

        return cost

    seen = _lines(inputs, {"floor": _floor(inputs, frames), **{n: task(n) for n in counts}})
    cost = {count: [run.image.cpu for run in seen[count]] for count in counts}
    rows = [
        {
            "objects": count,
            "pasted": round(pasted[count][0], 1),
            "pixels": round(pasted[count][1]),
            "cpu_ms": spread(1e3 * cpu for cpu in cost[count]),
            "floor_cpu": _to_floor(seen[count], seen["floor"]),
            "to_first": ratio(cost[count], cost[counts[0]]),
        }
        for count in counts
    ]
    first, middle, last = (counts[at] for at in (0, len(counts) // 2 - 1 or 1, -1))
    pixels = math.log((pasted[last][1] - pasted[first][1]) / (pasted[middle][1] - pasted[first][1]))
    power = [
        math.log(max(1e-6, c - a) / max(1e-6, b - a)) / pixels
        for a, b, c in zip(cost[first], cost[middle], cost[last], strict=True)
    ]
    return {"rows": rows, "power": spread(power), "between": [middle, last]}


def _pasted(out: Path) -> tuple[float, float]:
    """Return how many objects an image holds on average, and how many pixels they have in full."""
    annotations = json.loads((out / "annotations/instances_train.json").read_bytes())
    areas = {annotation["id"]: annotation["area"] for annotation in annotations["annotations"]}
    scenes = [json.loads(line) for line in (out / "scenes/train.jsonl").read_text().splitlines()]
    placements = [placement for scene in scenes for placement in scene["placements"]]
    pixels = sum(areas[p["annotation_id"]] / p["visibility"] for p in placements)
    return len(placements) / len(scenes), pixels / len(scenes)


def images(inputs: Inputs) -> dict[str, Any]:
    """Build more and more images with two workers; start-up is in the cost here."""
    frames = inputs.frames(inputs.sizes.many)
    counts = inputs.sizes.images
    of_floor = min(counts[0], len(frames))
    runs: dict[Any, Callable[[], Any]] = {
        "floor": lambda: floor(frames[:of_floor], inputs.fresh()) * (1 / of_floor)
    }
    for count in counts:
        runs[count] = partial(_build_of_two, inputs, count, frames)
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    floors = [run.cpu for run in seen["floor"]]
    rows = [
        {
            "images": count,
            "images_per_s": spread(count / run.cost.wall for run in seen[count]),
            "floor_cpu": ratio((run.cost.cpu / count for run in seen[count]), floors),
            **_memory(seen[count]),
        }
        for count in counts
    ]
    return {"backgrounds": len(frames), "rows": rows}


def _build_of_two(
    inputs: Inputs, images: int, frames: list[Path], *, bank: Path | None = None, **changes: Any
) -> Built:
    config = inputs.config(images, frames, **changes)
    return build_apart(config, inputs.fresh(), workers=2, bank=bank)


def bank(inputs: Inputs) -> dict[str, Any]:
    """Draw from more and more instances, of more and more photographs, all cut out before."""
    frames = inputs.frames(inputs.sizes.bank_many)
    few, many = inputs.sizes.growth_few, inputs.sizes.bank_many
    memory: dict[int, list[Built]] = {photos: [] for photos in inputs.sizes.banks}

    def task(photos: int) -> Callable[[int], Cost]:
        source, cut = inputs.blobs(photos), inputs.fresh()
        extract(
            inputs.config(few, frames, foregrounds=[source]), cut, executor=Processes(2), gallery=0
        )

        def cost(images: int) -> Cost:
            built = _build_of_two(inputs, images, frames, bank=cut, foregrounds=[source])
            if images == many:
                memory[photos].append(built)
            return built.cost

        return cost

    tasks = {photos: task(photos) for photos in inputs.sizes.banks}
    runs = {name: partial(line, task, few, many) for name, task in tasks.items()}
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    smallest = seen[inputs.sizes.banks[0]]
    rows = [
        {
            "instances": photos * INSTANCES_A_PHOTO,
            "photographs": photos,
            "images_per_s": spread(1 / run.image.wall for run in seen[photos]),
            "throughput": ratio(_walls(smallest), _walls(seen[photos])),
            "start_s": spread(run.start.wall for run in seen[photos]),
            **_memory(memory[photos]),
        }
        for photos in inputs.sizes.banks
    ]
    return {"rows": rows}


def canvas(inputs: Inputs) -> dict[str, Any]:
    """Build on larger and larger canvases, each next to the floor of its size."""
    rows = []
    for size in inputs.sizes.canvases:
        pixels = size[0] * size[1] / (640 * 480)
        count = max(inputs.sizes.canvas_least, round(inputs.sizes.growth_many / max(1, pixels)))
        frames = inputs.frames(count, size=size)
        canvas = {"canvas": dict(zip(("width", "height"), size, strict=True))}
        configs = {
            objects: inputs.config(count, frames, objects_per_image=[objects] * 2, **canvas)
            for objects in CANVAS_OBJECTS
        }
        runs: dict[Any, Callable[[], Cost]] = {
            "floor": partial(floor, frames, inputs.fresh()),
            **{name: partial(composed, config, inputs.fresh()) for name, config in configs.items()},
        }
        seen = interleaved(runs, rounds=inputs.sizes.canvas_rounds)
        rows += [
            {
                "canvas": f"{size[0]} x {size[1]}",
                "objects": objects,
                "cpu_ms": spread(1e3 * cost.cpu / count for cost in seen[objects]),
                "floor_cpu": ratio(*([c.cpu for c in seen[name]] for name in (objects, "floor"))),
            }
            for objects in CANVAS_OBJECTS
        ]
    return {"rows": rows}


def looks(foreground: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what to change of the configuration for each technique that has a table.

    The tones of `finish` are those of `augment`, the modes of `variants` those of `blend`, and
    `albumentations` is any transform: none of these is measured.
    """
    rows: dict[str, dict[str, Any]] = {mode: {"blend": mode} for mode in sorted(BLEND.table)}
    for kind in KINDS:
        if kind.given or kind.key in ("blend", "variants", "finish"):
            continue
        for name, technique in sorted(kind.table.items()):
            if name != "albumentations":
                step = {name: {"p": 1}} if "p" in technique.__dataclass_fields__ else name
                before = CONFIG.get(kind.key, ()) if kind.many and not kind.alone else ()
                value = [*before, step] if kind.many else step
                rows[f"{kind.key}: {name}"] = {kind.key: value}
    mattes = [name for name in MATTES if name != "closed_form" or find_spec("pymatting")]
    rows |= {f"matte: {name}": {"foregrounds": [foreground | {"matte": name}]} for name in mattes}
    return rows


def _lines(inputs: Inputs, tasks: dict[Any, Callable[[int], Cost]]) -> dict[Any, list[Line]]:
    few, many = inputs.sizes.growth_few, inputs.sizes.growth_many
    runs = {name: partial(line, task, few, many) for name, task in tasks.items()}
    return interleaved(runs, rounds=inputs.sizes.rounds)


def _floor(inputs: Inputs, frames: Sequence[Path]) -> Callable[[int], Cost]:
    return lambda images: floor(frames[:images], inputs.fresh())


def _build(inputs: Inputs, frames: list[Path], **changes: Any) -> Callable[[int], Cost]:
    return lambda images: build_apart(
        inputs.config(images, frames, **changes), inputs.fresh()
    ).cost  # fmt: skip


def _to_floor(runs: list[Line], floors: list[Line]) -> dict[str, float]:
    return ratio((run.image.cpu for run in runs), (run.image.cpu for run in floors))


def _walls(runs: list[Line]) -> list[float]:
    return [run.image.wall for run in runs]


def _memory(runs: list[Built]) -> dict[str, Any]:
    return {
        "parent_mb": spread(run.parent for run in runs),
        "worker_mb": spread(run.worker for run in runs),
        "worker_own_mb": spread(run.worker_own for run in runs),
    }
