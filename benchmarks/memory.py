"""Print how much memory the parent of a build needs, few images against many.

    python -m benchmarks.memory 2000 20000

Each build runs in a fresh process, so that peaks do not add up.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from cocosynth.build import build
from cocosynth.config import load_config
from cocosynth.executor import Processes
from cocosynth.files import resource as shipped

CONFIG = {
    "canvas": {"width": 96, "height": 72},
    "foregrounds": [{"folder": "cutouts"}],
    "backgrounds": [{"folder": "backgrounds"}],
    "augment": [{"scale": {"canvas_range": [0.2, 0.8]}}],
    "objects_per_image": [1, 3],
    "min_area": 16,
}


def peak() -> int:
    """Return the peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(images: int) -> None:
    marks: list[str] = []

    def progress(
        title: str, answers: Iterable[Any], total: int, size: Callable[[Any], int]
    ) -> Iterator[Any]:
        yield from answers
        marks.append(f"{peak()} MB after {title}")

    with tempfile.TemporaryDirectory() as work:
        path = Path(work) / "config.yaml"
        path.write_text(json.dumps(CONFIG | {"splits": {"train": images}}))
        sample, out = shipped("sample_data"), Path(work) / "out"
        build(load_config(path), sample, out, executor=Processes(2), progress=progress)
    print(f"{images} images: {', '.join(marks)}, {peak()} MB at the end")


def main() -> None:
    if len(sys.argv) == 2:
        measure(int(sys.argv[1]))
        return
    for images in sys.argv[1:] or ("2000", "20000"):
        subprocess.run([sys.executable, "-m", "benchmarks.memory", images], check=True)


if __name__ == "__main__":
    main()
