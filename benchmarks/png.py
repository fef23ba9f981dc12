"""Levels of `export.png_compression`: time against size."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clock import interleaved, ratio, spread
from benchmarks.inputs import Inputs
from cocosynth.core.images import PNG_COMPRESSION, encode_bgr, read_reduced
from cocosynth.core.values import Bgr

LEVELS = range(10)


def measure(inputs: Inputs) -> dict[str, Any]:
    """Return a row for each level."""
    count = inputs.sizes.png_images
    pictures = [_decoded(path) for path in inputs.frames(count)]
    runs = {level: partial(_encoded, pictures, level) for level in LEVELS}
    seen = interleaved(runs, rounds=inputs.sizes.rounds)
    default = [cpu for cpu, _ in seen[PNG_COMPRESSION]]
    size = seen[PNG_COMPRESSION][0][1]
    rows = [
        {
            "level": level,
            "cpu_ms": spread(1e3 * cpu / count for cpu, _ in seen[level]),
            "to_default": ratio((cpu for cpu, _ in seen[level]), default),
            "size_kb": round(seen[level][0][1] / count / 1e3, 1),
            "size_to_default": round(seen[level][0][1] / size, 3),
        }
        for level in LEVELS
    ]
    return {"images": count, "default": PNG_COMPRESSION, "rows": rows}


def _decoded(path: Path) -> Bgr:
    return np.ascontiguousarray(read_reduced(path, upright=False)[0])


def _encoded(pictures: list[Bgr], level: int) -> tuple[float, int]:
    start = time.process_time()
    sizes = [len(encode_bgr(each, "png", quality=95, compression=level)) for each in pictures]
    return time.process_time() - start, sum(sizes)
