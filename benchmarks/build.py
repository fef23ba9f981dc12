"""One build in a process of its own: its time, and the memory of it and of its workers.

python -m benchmarks.build cocosynth.yaml out --workers 2
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clock import Cost, now
from benchmarks.memory import Watched, usage
from cocosynth.core.executors import Processes, Serial
from cocosynth.core.executors.tuning import tune
from cocosynth.pipeline.build import build

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Built:
    """What a build cost, from the start of its process to the end; memory in MB, CPU in s."""

    cost: Cost
    parent: float
    worker: float
    worker_own: float
    parent_cpu: float


def build_apart(
    config: Path,
    out: Path,
    *,
    workers: int = 1,
    bank: Path | None = None,
    look: Callable[[Path], Any] | None = None,
) -> Built:
    """Build in a process of its own; let somebody look at the dataset, and remove it."""
    words = ["--workers", workers] + (["--bank", bank] if bank else [])
    wall, told = run_python("-m", "benchmarks.build", config, out, *words)
    used = json.loads(told)
    if look:
        look(out)
    shutil.rmtree(out)
    memory = (used["parent"], used["worker"], used["worker_own"])
    return Built(Cost(used["cpu"], wall), *memory, used["parent_cpu"])


def composed(config: Path, out: Path, *, look: Callable[[Path], Any] | None = None) -> Cost:
    """Build in this process, and return what making the images took, from plan to file, alone."""
    composing = Composing()
    build(config, out, progress=composing)
    if look:
        look(out)
    shutil.rmtree(out)
    return composing.cost


class Composing:
    """Takes the time of making images; what is cut out before does not count."""

    cost = Cost(0, 0)

    def __call__(
        self, title: str, answers: Iterable[Any], total: int, count: Callable[[Any], int]
    ) -> Iterator[Any]:
        start = now()
        yield from answers
        if title == "composing images":
            self.cost = now() - start


def run_python(*words: object) -> tuple[float, str]:
    """Run Python in a new process; return the seconds until it ended, and what it printed.

    It keeps the bytecode of modules, as every installation does, whatever the environment says.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    usual = {key: text for key, text in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=usual | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return time.perf_counter() - start, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--bank", type=Path)
    options = parser.parse_args()
    tune()
    run = Watched(Serial() if options.workers == 1 else Processes(options.workers))
    build(options.config, options.out, executor=run, bank=options.bank)
    parent = usage()
    workers = [used for process, used in run.seen.items() if process != parent.process]
    used = {
        "cpu": parent.cpu + sum(worker.cpu for worker in workers),
        "parent_cpu": parent.cpu,
        "parent": round(parent.peak),
        "worker": round(max((worker.peak for worker in workers), default=0)),
        "worker_own": round(max((worker.own for worker in workers), default=0)),
    }
    print(json.dumps(used))


if __name__ == "__main__":
    main()
