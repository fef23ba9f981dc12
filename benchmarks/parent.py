"""What the parent spends on an image: it limits how many cores help."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.build import Built, build_apart
from benchmarks.clock import interleaved, spread
from benchmarks.inputs import Inputs

CORES = (2, 8, 16, 32, 64, 128)


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return the parent's CPU for each further image beside that of workers."""
    few, many = inputs.sizes.growth_few, inputs.sizes.bank_many
    frames = inputs.frames(many)

    def built(images: int) -> Built:
        return build_apart(inputs.config(images, frames), inputs.fresh(), workers=2)

    runs: dict[int, Callable[[], Built]] = {count: partial(built, count) for count in (few, many)}
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    pairs = list(zip(seen[few], seen[many], strict=True))
    parent = [max(1e-6, large.parent_cpu - small.parent_cpu) / (many - few)
              for small, large in pairs]  # fmt: skip
    workers = [max(1e-6, _workers(large) - _workers(small)) / (many - few)
               for small, large in pairs]  # fmt: skip
    return {
        "images": many,
        "parent_ms": spread(1e3 * cpu for cpu in parent),
        "worker_ms": spread(1e3 * cpu for cpu in workers),
        "share": spread(100 * a / b for a, b in zip(parent, workers, strict=True)),
        "rows": [
            {
                "cores": cores,
                "images_per_s": spread(
                    min(1 / own, (cores - 1) / work)
                    for own, work in zip(parent, workers, strict=True)
                ),
            }
            for cores in CORES
        ],
    }


def _workers(built: Built) -> float:
    return built.cost.cpu - built.parent_cpu
