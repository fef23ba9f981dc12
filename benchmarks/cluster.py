"""What a Ray cluster costs: time an item, images a second of 1, 2 and 4 nodes, the parent's CPU.

    python -m benchmarks.cluster sample_data/cocosynth.yaml

The nodes are processes of this machine, with a CPU each: more of them than there are cores give no
more images. Needs `pip install "cocosynth[ray]"`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.machine import load
from cocosynth import build
from cocosynth.core.executors import Processes, Ray, Serial

STORE = 80_000_000


@contextmanager
def cluster(nodes: int) -> Iterator[str]:
    """Start a cluster on this machine, its head without a CPU; yield its address."""
    from ray.cluster_utils import Cluster

    made = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False},
    )
    try:
        for _ in range(nodes):
            made.add_node(num_cpus=1, object_store_memory=STORE)
        yield made.address
    finally:
        made.shutdown()


def seconds_an_item(run: Any, count: int) -> float:
    """Return what an item takes of which nothing is wanted, once the workers are there."""
    answers = run(abs, range(count + 20))
    for _ in range(20):
        next(answers)
    begun = time.perf_counter()
    assert sum(1 for _ in answers) == count
    return (time.perf_counter() - begun) / count


class Watched:
    """Sees how long images take, and what CPU they take here, from the first answer on.

    Parameters
    ----------
    cpu : callable
        Returns the CPU seconds that were used here so far.
    """

    def __init__(self, cpu: Callable[[], float]) -> None:
        self._cpu = cpu
        self.images, self.seconds, self.cpu_seconds = 0, 0.0, 0.0

    def __call__(
        self, title: str, answers: Iterable[Any], total: int, size: Callable[[Any], int]
    ) -> Iterator[Any]:
        if title != "composing images":
            yield from answers
            return
        for number, answer in enumerate(answers):
            if number == 0:
                begun, used = time.perf_counter(), self._cpu()
            else:
                self.images += size(answer)
            yield answer
        self.seconds, self.cpu_seconds = time.perf_counter() - begun, self._cpu() - used


def cpu_of(run: Any) -> Callable[[], float]:
    """Return what measures the CPU of this process and of the one that is connected."""

    def seconds() -> float:
        used = time.process_time()
        driver = run._state.driver if isinstance(run, Ray) else None
        if driver is not None:
            fields = Path(f"/proc/{driver._process.pid}/stat").read_text().rpartition(")")[2]
            used += sum(map(int, fields.split()[11:13])) / os.sysconf("SC_CLK_TCK")
        return used

    return seconds


def built(config: Path, images: int, run: Any) -> Watched:
    """Build some images, and watch that."""
    settings = YAML(typ="safe", pure=True).load(config.read_text())
    settings |= {"splits": {"train": images}, "report": False}
    watched = Watched(cpu_of(run))
    with tempfile.TemporaryDirectory() as folder:
        out, quiet = f"{folder}/out", lambda _: None
        build(settings, out, folder=config.parent, executor=run, progress=watched, note=quiet)
    return watched


def row(name: str, config: Path, images: int, items: int, run: Any) -> str:
    item, made = seconds_an_item(run, items), built(config, images, run)
    text = f"| {name} | {item * 1000:.1f} | {made.images / made.seconds:.1f} |"
    if not isinstance(run, Serial):
        text += f" {made.cpu_seconds / made.images * 1000:.1f} |"
    return text if text.count("|") == 5 else f"{text} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--items", type=int, default=200, help="of which nothing is wanted")
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2, 4])
    chosen = parser.parse_args()
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    size = chosen.config, chosen.images, chosen.items
    print("| executor | ms a shard | images/s | ms of the parent's CPU an image | load |")
    print("|---|---|---|---|---|")
    for name, run in (("serial", Serial()), ("processes, 2", Processes(2))):
        print(row(name, *size, run), f"{load()} |", flush=True)
    for nodes in chosen.nodes:
        with cluster(nodes) as address:
            run = Ray(address=address, note=lambda _: None)
            print(row(f"ray, {nodes} x 1 CPU", *size, run), f"{load()} |", flush=True)
            run.close()


if __name__ == "__main__":
    main()
