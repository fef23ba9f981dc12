"""What each technique of the catalogue costs: CPU of a paste, as a multiple of `feather`'s.

All of them paste the same objects into the same images, in one process, image after image; what an
image costs without objects is taken off.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from benchmarks.clock import interleaved, ratio, spread
from benchmarks.growth import looks
from benchmarks.inputs import Inputs
from cocosynth.pipeline.dataset import Compositor

FEATHER, BARE = "feather", "no object"
_LEAST = 1e-6  # seconds; of noise


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return a row for each technique."""
    images = inputs.sizes.technique_images
    frames = inputs.frames(images)
    changes = dict(islice(looks(inputs.foreground()).items(), inputs.sizes.techniques))
    changes = {FEATHER: {"blend": FEATHER}, BARE: {"objects_per_image": [0, 0]}} | changes
    made = {name: Compositor(inputs.config(images, frames, **change))
            for name, change in changes.items()}  # fmt: skip
    pasted = {name: sum(len(made[name].scene(i).placements) for i in range(images))
              for name in made}  # fmt: skip
    for compositor in made.values():  # once for nothing: what is cut out, modules, caches
        list(_samples(compositor, images))
    runs = {name: partial(_cpu, compositor, images) for name, compositor in made.items()}
    seen = interleaved(runs, rounds=inputs.sizes.technique_rounds)
    pastes = {
        name: [
            max(_LEAST, own - bare) / max(1, pasted[name])
            for own, bare in zip(seen[name], seen[BARE], strict=True)
        ]
        for name in made
        if name != BARE
    }
    rows = [
        {
            "technique": name,
            "paste_ms": spread(1e3 * cpu for cpu in pastes[name]),
            "to_feather": ratio(pastes[name], pastes[FEATHER]),
        }
        for name in pastes
    ]
    return {"images": images, "rows": rows}


def _samples(compositor: Compositor, images: int) -> Iterator[Any]:
    return (compositor[number] for number in range(images))


def _cpu(compositor: Compositor, images: int) -> float:
    """Return the CPU seconds of composing images; nothing is encoded."""
    start = time.process_time()
    for _ in _samples(compositor, images):
        pass
    return time.process_time() - start
